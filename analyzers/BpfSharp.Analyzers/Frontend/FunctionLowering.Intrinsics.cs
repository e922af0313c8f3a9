using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Finds what a member without source compiles to: by attribute in the kernel-side API, by name in the .NET library.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary>Operands that were evaluated before their turn, and where.</summary>
    private readonly Dictionary<IOperation, Place> _evaluated = [];

    private static string? IntrinsicName(IMethodSymbol method) =>
        (method.Attribute(KnownNames.IntrinsicAttribute) ?? method.AssociatedSymbol?.Attribute(KnownNames.IntrinsicAttribute))?.Positional(0) as string;

    private static Intrinsic? FindIntrinsic(IMethodSymbol method)
    {
        IMethodSymbol definition = method.OriginalDefinition;
        if (!definition.DeclaringSyntaxReferences.IsEmpty && !IsKernelType(definition.ContainingType)) return null;
        string type = definition.ContainingType is { } container ? container.OriginalDefinition.FullMetadataName() : "";
        if (type.StartsWith("System", StringComparison.Ordinal))
        {
            return LibraryIntrinsics.TryGetValue(type + "." + definition.Name, out Intrinsic? library) ? library : NumberIntrinsic(definition);
        }
        if (IntrinsicName(definition) is { } name)
        {
            if (KernelConditions.TryGetValue(name, out ConditionIntrinsic? condition)) return (f, c) => f.Materialize(c, condition);
            return KernelIntrinsics.TryGetValue(name, out Intrinsic? kernel) ? kernel : null;
        }
        if ((definition.Attribute(KnownNames.HelperAttribute) ?? definition.AssociatedSymbol?.Attribute(KnownNames.HelperAttribute)) is { } helper)
        {
            return (f, c) => f.LowerHelper(c, helper);
        }
        if (definition.AssociatedSymbol is IPropertySymbol { } property)
        {
            if (property.Attribute(KnownNames.ContextFieldAttribute) is { } contextField) return (f, c) => f.LowerContextField(c, contextField);
            if (property.Attribute(KnownNames.BitsAttribute) is { } bits) return (f, c) => f.LowerBits(c, bits);
        }
        return null;
    }

    /// <summary>Lowers a call of an intrinsic that is a condition by nature straight to a branch; false if it is none.</summary>
    private bool LowerInvocationCondition(IInvocationOperation call, Block whenTrue, Block whenFalse)
    {
        IMethodSymbol method = call.TargetMethod.OriginalDefinition;
        if (IntrinsicName(method) is not { } name || !KernelConditions.TryGetValue(name, out ConditionIntrinsic? condition)) return false;
        IMethodSymbol resolved = Resolve(call.TargetMethod, call.Instance, call.ConstrainedToType, call);
        condition(this, new IntrinsicCall(resolved, call, call.Instance, Operands(call.Arguments, resolved, call), null, true), whenTrue, whenFalse);
        return true;
    }

    private Value Materialize(IntrinsicCall call, ConditionIntrinsic condition)
    {
        Block whenTrue = _b.NewBlock(), whenFalse = _b.NewBlock();
        condition(this, call, whenTrue, whenFalse);
        return Materialize(whenTrue, whenFalse);
    }

    private IOperation[] Operands(ImmutableArray<IArgumentOperation> arguments, IMethodSymbol method, IOperation at)
    {
        IOperation[] operands = new IOperation[method.Parameters.Length];
        int last = -1;
        bool isInOrder = true;
        foreach (IArgumentOperation argument in arguments)
        {
            if (argument.Parameter is not { } parameter || parameter.Ordinal >= operands.Length) throw Silent(argument);
            isInOrder &= parameter.Ordinal > last;
            last = parameter.Ordinal;
            operands[parameter.Ordinal] = argument.Value;
        }
        if (!isInOrder) EvaluateInOrder(arguments);
        return operands.Any(static o => o is null) ? throw Silent(at) : operands;
    }

    /// <summary>Named arguments in another order than the parameters': they are evaluated as they are written, before the intrinsic looks at any.</summary>
    private void EvaluateInOrder(ImmutableArray<IArgumentOperation> arguments)
    {
        foreach (IArgumentOperation argument in arguments)
        {
            IOperation value = argument.Value;
            if (value.ConstantValue.HasValue || argument.Parameter!.RefKind != RefKind.None || argument.Parameter.Type.TypeKind == Microsoft.CodeAnalysis.TypeKind.Delegate) continue;
            RejectValue(value);
            _evaluated[value] = ValueCopy(value);
        }
    }

    /// <summary>The address of an operand that is passed by reference, or of a copy in a temporary.</summary>
    private Value ReferenceTo(IOperation operand) =>
        HasPlace(operand) || operand is IDeclarationExpressionOperation or IDiscardOperation ? AddressOf(LowerPlace(operand)) : AddressOf(ValueCopy(operand));

    /// <summary>A place for an operand that is passed to a helper: a global, or a stack slot whose every byte is written.</summary>
    private Value HelperMemory(IOperation operand) => HasPlace(operand) ? MemoryOf(LowerPlace(operand)) : AddressOf(ValueCopy(operand));

    /// <summary>The memory of an argument, read when all arguments are evaluated: what is given by reference may be changed by those behind it.</summary>
    private Func<Value> LaterMemory(IntrinsicCall call, int argument)
    {
        IOperation operand = call.Operands[argument];
        if (call.Method.Parameters[argument].RefKind == RefKind.None || !HasPlace(operand))
        {
            Value address = HelperMemory(operand);
            return () => address;
        }
        Place place = LowerPlace(operand);
        return () => MemoryOf(place);
    }

    /// <summary>A number is copied: a variable whose address a helper gets stays in memory, where the verifier does not follow it as a loop's bound.</summary>
    private Value MemoryOf(Place place) =>
        place.Pointer.Op is Op.SlotAddress or Op.GlobalAddress && place.Layout.Kind == LayoutKind.Struct ? AddressOf(place) : CopyOf(place);

    private Value CopyOf(Place place)
    {
        Place copy = NewTemporary(place.Layout);
        Store(copy, Load(place));
        return copy.Pointer;
    }

    /// <summary>An integer operand converted to a parameter-independent type.</summary>
    private Value Integer(IOperation operand, out TypeLayout layout)
    {
        layout = LayoutOf(operand);
        return layout.Kind == LayoutKind.Integer ? LowerValue(operand) : throw UnsupportedValue(operand);
    }

    private Value LowerHelper(IntrinsicCall call, AttributeData attribute)
    {
        if (attribute.Positional(0) is not int id) throw Silent(call.Operation);
        int shift = attribute.Named("Shift") as int? ?? 0;
        bool sizes = attribute.Named("SizeAfterReference") as bool? ?? false;
        List<Value> arguments = [];
        if (attribute.Named("PassesContext") as bool? ?? false) arguments.Add(call.Instance is { } instance ? LowerValue(instance) : ContextOf(call.Operation));
        for (int i = 0; i < call.Operands.Length; i++)
        {
            if (call.Method.Parameters[i].RefKind != RefKind.None)
            {
                TypeLayout layout = LayoutOf(call.Operands[i]);
                arguments.Add(ReferenceTo(call.Operands[i]));
                if (sizes) arguments.Add(_b.Const64(layout.Size));
            }
            else
            {
                TypeLayout layout = LayoutOf(call.Operands[i]);
                Value value = LowerValue(call.Operands[i]);
                arguments.Add(layout.Kind == LayoutKind.Integer ? ToWidth64(value, layout) : value);
            }
        }
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        TypeLayout result = LayoutOf(call.Method.ReturnType, call.Operation);
        Value raw = _b.CallHelper(id, result.Kind == LayoutKind.Pointer ? IrType.Pointer() : IrType.I64, [.. arguments]);
        if (result.Kind != LayoutKind.Integer) return raw;
        if (shift != 0) raw = _b.Binary(Op.LShr, raw, _b.Const64(shift));
        if (result.Is64) return raw;
        Value narrow = _b.Add(Op.Trunc, IrType.I32, raw);
        return result.IsBool ? _b.Compare(Op.Ne, narrow, _b.Const32(0)) : Normalize(narrow, null, result);
    }

    /// <summary>The program's context, which only programs and what is lowered into them have.</summary>
    private Value ContextOf(IOperation at)
    {
        if (!_plan.Function.IsProgram) throw Unsupported(at, "This outside of a program's own method");
        Frame root = _frame;
        while (root.Caller is { } caller) root = caller;
        return Load(PlaceOf(root.Variables[root.Signature.Parameters[0].Symbol]));
    }

    private Value LowerContextField(IntrinsicCall call, AttributeData attribute)
    {
        if (attribute.Positional(0) is not int offset || attribute.Positional(1) is not int size || call.Instance is null) throw Silent(call.Operation);
        Value context = LowerValue(call.Instance);
        TypeLayout result = LayoutOf(call.Method.ReturnType, call.Operation);
        if (result.Kind == LayoutKind.Struct) return LowerContextAddress(call, context, offset, size, result);
        IrType type = size == 8 ? IrType.I64 : IrType.I32;
        Value value = _b.Load(type, AccessExtensions.OfSize(size), context, offset);
        if (attribute.Named("NetworkOrder") is true) value = Swap(value, size);
        if (result.Is64 && size < 8) return _b.Add(Op.ZExt32, IrType.I64, value);
        if (!result.Is64 && size == 8) value = _b.Add(Op.Trunc, IrType.I32, value);
        return Normalize(value, null, result);
    }

    /// <summary>An address of the internet: words of the context, in the order in which they are sent.</summary>
    private Value LowerContextAddress(IntrinsicCall call, Value context, int offset, int size, TypeLayout layout)
    {
        const int Word = sizeof(uint);
        Place place = call.Destination ?? NewTemporary(layout);
        for (int at = 0; at < size; at += Word)
        {
            _b.Store(Access.U32, place.Pointer, _b.Load(IrType.I32, Access.U32, context, offset + at), place.Offset + at);
        }

        return AddressOf(place);
    }

    private Value LowerBits(IntrinsicCall call, AttributeData attribute)
    {
        if (attribute.Positional(0) is not string name || attribute.Positional(1) is not int shift || attribute.Positional(2) is not int width || call.Instance is null)
        {
            throw Silent(call.Operation);
        }
        int scale = attribute.Named("Scale") as int? ?? 1;
        Place field = LowerPlace(call.Instance).Part(name);
        Value value = field.Layout.Type.Is("BpfSharp.Kernel.BigEndian`1") ? FromNetworkOrder(field) : Load(field);
        TypeLayout result = LayoutOf(call.Method.ReturnType, call.Operation);
        if (shift != 0) value = _b.Binary(Op.LShr, value, _b.Constant(value.Type, shift));
        value = _b.Binary(Op.And, value, _b.Constant(value.Type, (1L << width) - 1));
        if (scale != 1) value = _b.Binary(Op.Mul, value, _b.Constant(value.Type, scale));
        if (result.Is64) return value.Type == IrType.I64 ? value : _b.Add(Op.ZExt32, IrType.I64, value);
        return value.Type == IrType.I64 ? _b.Add(Op.Trunc, IrType.I32, value) : value;
    }
}
