using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Calls of methods with source; the others are intrinsics.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary>A call. The result is a scalar, a reference, or the address of a struct (at <paramref name="destination"/> where there is one); null for void.</summary>
    private Value? LowerInvocation(IInvocationOperation call, Place? destination, bool isUsed = true)
    {
        _b.DebugId = _module.Positions.Id(call.Syntax);
        if (_module.IsLeftOut(call)) return null;
        IMethodSymbol method = Resolve(call.TargetMethod, call.Instance, call.ConstrainedToType, call);
        if (FindIntrinsic(method) is { } intrinsic)
        {
            return intrinsic(this, new IntrinsicCall(method, call, call.Instance, Operands(call.Arguments, method, call), destination, isUsed));
        }
        if (IsDefaultMember(method, call.Instance)) return CallDefaultMember(method, call.Instance!, call.Arguments, call, destination);
        if (method.MethodKind == MethodKind.DelegateInvoke) throw Fail(Ids.DelegateUse, call, call.Instance?.Type?.ToDisplayString() ?? method.Name);
        if (call.Instance is { Type.IsReferenceType: true } instance && !IsKernelType(method.ContainingType)) RejectValue(instance);
        RejectMethod(method, call);
        Value? receiver = Receiver(call.Instance, method);
        Value[] arguments = EvaluateArguments(call.Arguments, method.Parameters, call);
        _b.DebugId = _module.Positions.Id(call.Syntax);
        return CallMethod(method, receiver, arguments, call, destination);
    }

    /// <summary>The method that a call reaches: type parameters replaced, and where the receiver's type is one, its implementation.</summary>
    private IMethodSymbol Resolve(IMethodSymbol method, IOperation? instance, ITypeSymbol? constrainedTo, IOperation at)
    {
        IMethodSymbol applied = _frame.Substitution.Apply(method, _module.Compilation);
        if (applied.ReducedFrom is { } unreduced && applied.ReducedFrom.Parameters.Length != applied.Parameters.Length) applied = unreduced.Arity > 0 ? unreduced.Construct([.. applied.TypeArguments]) : unreduced;
        bool isInterface = applied.ContainingType is { TypeKind: TypeKind.Interface };
        bool isObject = applied.ContainingType?.SpecialType is SpecialType.System_Object or SpecialType.System_ValueType or SpecialType.System_Enum;
        if (!isInterface && !isObject) return applied;
        ITypeSymbol? receiver = constrainedTo ?? (instance is null ? null : IsSelf(instance) ? _frame.Self : instance.Type);
        if (receiver is null) return applied;
        receiver = _frame.Substitution.Apply(receiver, _module.Compilation);
        if (receiver is not INamedTypeSymbol { IsValueType: true } type) return applied;
        if (isObject)
        {
            return type.GetMembers(applied.Name).OfType<IMethodSymbol>().FirstOrDefault(m => m.IsOverride && m.Parameters.Length == applied.Parameters.Length) ?? applied;
        }
        ISymbol? implementation = type.FindImplementationForInterfaceMember(applied.OriginalDefinition.ContainingType.IsGenericType ? applied : applied.OriginalDefinition);
        if (implementation is not IMethodSymbol found) return applied;
        return applied.Arity > 0 ? found.OriginalDefinition.Arity > 0 ? found.Construct([.. applied.TypeArguments]) : found : found;
    }

    /// <summary>Whether it is <c>this</c> in a default member of an interface.</summary>
    private bool IsSelf(IOperation operation) => _frame.Self is not null && operation is IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance };

    /// <summary>Whether a call on a struct reaches a member that its interface has a body for.</summary>
    private bool IsDefaultMember(IMethodSymbol method, IOperation? instance) =>
        method is { IsStatic: false, IsAbstract: false, ContainingType.TypeKind: Microsoft.CodeAnalysis.TypeKind.Interface } && IsSource(method) && instance?.Type is not null && TypeOf(instance) is { IsValueType: true };

    /// <summary>.NET boxes the struct for it, so what the member changes is a copy.</summary>
    private Value? CallDefaultMember(IMethodSymbol method, IOperation instance, ImmutableArray<IArgumentOperation> arguments, IOperation at, Place? destination)
    {
        Value receiver = AddressOf(ValueCopy(instance));
        Value[] values = EvaluateArguments(arguments, method.Parameters, at);
        return CallInline(method, Substitution.Of(method, Substitution.Empty), receiver, values, at, destination, TypeOf(instance));
    }

    private void RejectMethod(IMethodSymbol method, IOperation at)
    {
        if (method.ContainingType is { TypeKind: TypeKind.Interface } && (method.IsAbstract || !method.IsStatic)) throw Fail(Ids.VirtualCall, at, method.ToDisplayString());
        if (method is { IsStatic: false, MethodKind: not MethodKind.LocalFunction } && method.ContainingType is { IsReferenceType: true } container
            && !IsKernelType(container) && !ExtensionBlocks.IsBlock(container))
        {
            throw method.IsVirtual || method.IsAbstract || method.IsOverride
                ? Fail(Ids.VirtualCall, at, method.ToDisplayString())
                : Fail(Ids.ReferenceType, at, container.ToDisplayString());
        }
        if (method.IsAsync) throw Fail(Ids.Async, at);
        if (IsSource(method) || IsSynthesized(method)) return;
        if (IsErroneous(method)) throw Silent(at);
        if (method.ContainingNamespace?.ToDisplayString().StartsWith(KnownNames.Kernel, StringComparison.Ordinal) == true || IsKernelType(method.ContainingType))
        {
            throw Fail(Ids.UserSpaceOnly, at, method.ToDisplayString());
        }
        throw Fail(Ids.NoSource, at, method.ToDisplayString());
    }

    private static bool IsErroneous(IMethodSymbol method) => method.ContainingType.IsErroneous() || method.Parameters.Any(static p => p.Type.IsErroneous());

    private static bool IsKernelType(INamedTypeSymbol? type) =>
        type?.ContainingNamespace?.ToDisplayString() is { } space && (space == KnownNames.Kernel || space.StartsWith(KnownNames.Kernel + ".", StringComparison.Ordinal));

    /// <summary>Members that the C# compiler writes: those of records, and accessors without bodies.</summary>
    private static bool IsSynthesized(IMethodSymbol method) => method.IsImplicitlyDeclared && method.ContainingType is { IsRecord: true } && IsSource(method.ContainingType);

    /// <summary>The receiver's address; a copy if the method could change what C# says is read-only.</summary>
    private Value? Receiver(IOperation? instance, IMethodSymbol method)
    {
        if (instance is null || method.IsStatic) return null;
        if (ExtensionBlocks.Receiver(method) is { } parameter)
        {
            return parameter.RefKind == RefKind.None ? EvaluateOperand(instance) : ReferenceTo(instance);
        }
        if (!HasPlace(instance)) return AddressOf(ValueCopy(instance));
        Place place = LowerPlace(instance);
        bool changes = !method.IsReadOnly && !method.ContainingType.IsReadOnly;
        return changes && IsReadOnly(instance) ? Copied(AddressOf(place), place.Layout) : AddressOf(place);
    }

    private Place ValueCopy(IOperation operation)
    {
        Place place = NewTemporary(LayoutOf(operation));
        LowerInto(operation, place);
        return place;
    }

    /// <summary>Evaluates arguments in the order in which they are written; the result is in the order of the parameters.</summary>
    private Value[] EvaluateArguments(ImmutableArray<IArgumentOperation> arguments, ImmutableArray<IParameterSymbol> parameters, IOperation at)
    {
        Value[] values = new Value[parameters.Length];
        foreach (IArgumentOperation argument in arguments)
        {
            if (argument.Parameter is not { } parameter || parameter.Ordinal >= values.Length) throw Silent(argument);
            values[parameter.Ordinal] = Argument(argument);
        }
        return values.Any(static v => v is null) ? throw Silent(at) : values;
    }

    private Value Argument(IArgumentOperation argument)
    {
        IOperation value = argument.Value;
        if (argument.ArgumentKind == ArgumentKind.ParamArray) throw Fail(Ids.ArrayUse, argument, "params " + (argument.Parameter?.Type.ToDisplayString() ?? ""));
        return argument.Parameter!.RefKind != RefKind.None ? ReferenceTo(value) : EvaluateOperand(value);
    }

    /// <summary>An operand as it is passed by value: a scalar, or the address of a copy of its own.</summary>
    private Value EvaluateOperand(IOperation value)
    {
        RejectValue(value);
        return LayoutOf(value).IsScalar ? LowerValue(value) : AddressOf(ValueCopy(value));
    }

    /// <summary>Calls a static method (an operator or conversion) with operands.</summary>
    private Value? CallStatic(IMethodSymbol method, IOperation[] operands, IOperation at, Place? destination = null)
    {
        method = Resolve(method, null, ConstrainedType(at), at);
        if (FindIntrinsic(method) is { } intrinsic) return intrinsic(this, new IntrinsicCall(method, at, null, operands, destination, true));
        foreach (IOperation operand in operands) RejectValue(operand);
        RejectMethod(method, at);
        Value[] arguments = new Value[operands.Length];
        for (int i = 0; i < operands.Length; i++)
        {
            bool isReference = method.Parameters[i].RefKind != RefKind.None;
            arguments[i] = isReference ? ReferenceTo(operands[i]) : EvaluateOperand(operands[i]);
        }
        _b.DebugId = _module.Positions.Id(at.Syntax);
        return CallMethod(method, null, arguments, at, destination);
    }

    private void CallStaticInto(IMethodSymbol method, IOperation[] operands, IOperation at, Place place) =>
        CopyResult(CallStatic(method, operands, at, place), place, at);

    private static ITypeSymbol? ConstrainedType(IOperation operation) => operation switch
    {
        IBinaryOperation binary => binary.ConstrainedToType,
        IUnaryOperation unary => unary.ConstrainedToType,
        IConversionOperation conversion => conversion.ConstrainedToType,
        _ => null,
    };

    private void CallWithReceiver(IMethodSymbol method, Place receiver, IOperation at)
    {
        method = _frame.Substitution.Apply(method, _module.Compilation);
        if (KnownNames.MustBeGivenBack(receiver.Layout.Type)) DisposeReservation(receiver);
        else if (receiver.Layout.Type.Is(KnownNames.SpinLockScope)) LeaveLock(receiver);
        else if (IsSource(method)) CallMethod(method, AddressOf(receiver), [], at, null);
        else throw Fail(Ids.NoSource, at, method.ToDisplayString());
    }

    /// <summary>Takes a value apart with a <c>Deconstruct</c> method.</summary>
    private List<Place> CallDeconstruct(IMethodSymbol method, Place source, IOperation at)
    {
        method = _frame.Substitution.Apply(method, _module.Compilation);
        if (method.ReducedFrom is { } unreduced) method = unreduced.Arity > 0 ? unreduced.Construct([.. method.TypeArguments]) : unreduced;
        if (IsSynthesized(method)) return [.. method.Parameters.Select(p => RecordPart(source, p.Name, at))];
        if (!IsSource(method)) throw Fail(Ids.NoSource, at, method.ToDisplayString());
        int skip = method.IsStatic ? 1 : 0;
        List<Place> parts = [.. method.Parameters.Skip(skip).Select(p => NewTemporary(LayoutOf(p.Type, at)))];
        Value[] outs = [.. parts.Select(AddressOf)];
        if (method.IsStatic)
        {
            Value self = source.Layout.IsScalar && method.Parameters[0].RefKind == RefKind.None ? Load(source) : method.Parameters[0].RefKind == RefKind.None ? Copied(AddressOf(source), source.Layout) : AddressOf(source);
            CallMethod(method, null, [self, .. outs], at, null);
        }
        else
        {
            CallMethod(method, AddressOf(source), outs, at, null);
        }
        return parts;
    }

    private Place RecordPart(Place record, string name, IOperation at)
    {
        FieldLayout? field = record.Layout.Fields.FirstOrDefault(f => f.Symbol?.AssociatedSymbol?.Name == name || f.Name == name);
        return field is null ? throw Unsupported(at, "Taking this record apart") : record.Part(field);
    }

    private Value? LowerPropertyGet(IPropertyReferenceOperation property, Place? destination)
    {
        _b.DebugId = _module.Positions.Id(property.Syntax);
        IPropertySymbol symbol = property.Property;
        if (symbol.GetMethod is not { } getter) throw Silent(property);
        if (ModuleLowering.IsKernelMember(symbol)) return LowerKernelMember(property);
        if (IsCurrentTask(symbol)) return CurrentTask();
        if (property.Instance is { } owner && _module.Map(symbol) is null && owner is not IPropertyReferenceOperation) RejectValue(owner);
        IMethodSymbol method = Resolve(getter, property.Instance, property.ConstrainedToType, property);
        if (FindIntrinsic(method) is { } intrinsic)
        {
            return intrinsic(this, new IntrinsicCall(method, property, property.Instance, Operands(property.Arguments, method, property), destination, true));
        }
        if (IsDefaultMember(method, property.Instance)) return CallDefaultMember(method, property.Instance!, property.Arguments, property, destination);
        if (property.Instance is { Type.IsReferenceType: true } reference && !IsSelf(reference) && !ExtensionBlocks.IsBlock(method.ContainingType) && !IsKernelType(method.ContainingType)) throw Fail(Ids.ReferenceType, reference, reference.Type!.ToDisplayString());
        if (symbol.IsStatic && symbol.Type.IsReferenceType) LayoutOf(property);
        if (method.IsStatic && IsSource(method) && !IsSynthesized(method) && HasNoBody(method)) throw Unsupported(property, $"The static auto-property '{symbol.Name}', in place of which a static field can be used,");
        RejectMethod(method, property);
        Value? receiver = Receiver(property.Instance, method);
        Value[] arguments = EvaluateArguments(property.Arguments, method.Parameters, property);
        return CallMethod(method, receiver, arguments, property, destination);
    }

    private bool HasNoBody(IMethodSymbol accessor) =>
        (accessor.PartialImplementationPart ?? accessor).DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_module.Cancellation) is AccessorDeclarationSyntax { Body: null, ExpressionBody: null };

    /// <summary>Calls a method that has source, or is written by the C# compiler, with arguments as they are passed.</summary>
    private Value? CallMethod(IMethodSymbol method, Value? receiver, Value[] arguments, IOperation at, Place? destination)
    {
        method = _frame.Substitution.Apply(method, _module.Compilation);
        if (IsSynthesized(method)) return CallSynthesized(method, receiver, arguments, at);
        if (!IsSource(method)) throw Fail(Ids.NoSource, at, method.ToDisplayString());
        if (method.AssociatedSymbol is IPropertySymbol property && !method.IsStatic && method.ContainingType.IsValueType
            && AutoField(property.OriginalDefinition, method.OriginalDefinition) is { } field)
        {
            Place place = FieldPlace(new Place(receiver!, 0, LayoutOf(method.ContainingType, at)), field, at);
            if (method.MethodKind == MethodKind.PropertyGet) return Load(place);
            Store(place, arguments[0]);
            return null;
        }
        if (ExtensionBlocks.Receiver(method) is not null && receiver is not null)
        {
            arguments = [receiver, .. arguments];
            receiver = null;
        }
        Substitution substitution = Substitution.Of(method, method.MethodKind == MethodKind.LocalFunction ? _frame.Substitution : Substitution.Empty);
        bool isGlobal = method.Attribute(KnownNames.GlobalFunctionAttribute) is not null;
        if (isGlobal && MustInline(method)) throw Fail(Ids.GlobalFunction, at, method.Name, "cannot be called in a callback, inside of a using or while a record is reserved");
        return !isGlobal && (MustInline(method) || method.ReturnsByRef || method.ReturnsByRefReadonly || NeedsInlining(method, substitution, at))
            ? CallInline(method, substitution, receiver, arguments, at, destination)
            : CallOutOfLine(method, substitution, receiver, arguments, at, destination);
    }

    private Value? CallOutOfLine(IMethodSymbol method, Substitution substitution, Value? receiver, Value[] arguments, IOperation at, Place? destination)
    {
        if (_module.Plan(method, substitution, at.Syntax) is not { } plan) throw new LoweringException();
        _plan.Calls.Add((plan, at.Syntax));
        FunctionSignature signature = plan.Signature;
        List<Value> passed = [];
        Place? result = null;
        if (signature.HasResultPointer)
        {
            // A result of its own: the callee may read what the destination is a part of.
            result = NewTemporary(signature.Result);
            passed.Add(AddressOf(result.Value));
        }
        if (signature.This is not null) passed.Add(receiver ?? throw Silent(at));
        passed.AddRange(arguments);
        Value call = _b.CallFunction(plan.Function.Name, signature.ReturnType, [.. passed]);
        return result is { } place ? AddressOf(place) : signature.ReturnType == IrType.Void ? null : call;
    }

    /// <summary>A call whose code has to stand in the caller: what it captures or what a fault in it must clean up is there.</summary>
    private bool MustInline(IMethodSymbol method) =>
        _plan.Callback != CallbackKind.None || _cleanup is not null || _reservations.Count > 0
        || method.Parameters.Any(static p => KnownNames.MustBeGivenBack(p.Type))
        || method.MethodKind == MethodKind.LocalFunction && !method.IsStatic;

    private bool NeedsInlining(IMethodSymbol method, Substitution substitution, IOperation at)
    {
        if ((method.MethodImplementationFlags & System.Reflection.MethodImplAttributes.NoInlining) == 0) return false;
        return _module.Signature(method, substitution, at.Syntax) is { Count: > ModuleLowering.MaximumParameters };
    }

    /// <summary>Lowers the callee's body here.</summary>
    private Value? CallInline(IMethodSymbol method, Substitution substitution, Value? receiver, Value[] arguments, IOperation at, Place? destination, ITypeSymbol? self = null)
    {
        if (_module.Signature(method, substitution, at.Syntax, self) is not { } signature) throw new LoweringException();
        for (Frame? frame = _frame; frame is not null; frame = frame.Caller)
        {
            if (SymbolEqualityComparer.Default.Equals(frame.Method.OriginalDefinition, method.OriginalDefinition) && frame.Substitution.Key == substitution.Key)
            {
                throw Fail(Ids.Recursion, at, method.Name, method.Name + " → " + method.Name);
            }
        }
        Frame caller = _frame;
        Frame callee = new(method, substitution, signature, caller, _cleanup)
        {
            Lexical = method.MethodKind == MethodKind.LocalFunction && !method.IsStatic ? LexicalFrame(method) : null,
            ReturnBlock = _b.NewBlock(),
            Self = self,
        };
        TypeLayout stored = signature.ReturnsReference ? Layouts.Pointer : signature.Result;
        if (stored.Kind != LayoutKind.Void)
        {
            callee.Result = _plan.Function.AddSlot(stored.Size, Math.Min(stored.Alignment, 8), "");
            if (stored.HasPadding) _b.Zero(Address(callee.Result), stored.Size, stored.Alignment);
        }
        if (signature.This is not null) callee.This = KeepPointer(receiver ?? throw Silent(at), "this");
        for (int i = 0; i < signature.Parameters.Length; i++) Bind(callee, signature.Parameters[i], arguments[i]);
        _frame = callee;
        try
        {
            LowerMethodBody();
            _b.Jump(callee.ReturnBlock);
        }
        finally
        {
            _frame = caller;
        }
        _b.Continue(callee.ReturnBlock);
        return callee.Result is { } slot ? Load(new Place(Address(slot), 0, stored)) : null;
    }

    /// <summary>The frame that has the variables around a local function.</summary>
    private Frame LexicalFrame(IMethodSymbol method)
    {
        for (Frame? frame = _frame; frame is not null; frame = frame.Lexical)
        {
            if (SymbolEqualityComparer.Default.Equals(frame.Method.OriginalDefinition, method.OriginalDefinition.ContainingSymbol)) return frame;
        }
        return _frame;
    }

    /// <summary>Members of records: fieldwise equality, deconstruction, accessors of positional properties.</summary>
    private Value? CallSynthesized(IMethodSymbol method, Value? receiver, Value[] arguments, IOperation at)
    {
        TypeLayout layout = LayoutOf(method.ContainingType, at);
        if (method.AssociatedSymbol is IPropertySymbol property)
        {
            Place place = RecordPart(new Place(receiver ?? throw Silent(at), 0, layout), property.Name, at);
            if (method.MethodKind == MethodKind.PropertyGet) return Load(place);
            Store(place, arguments[0]);
            return null;
        }
        bool isNegated = method.Name == "op_Inequality";
        if (isNegated || method.Name == "op_Equality" || method.Name == "Equals" && arguments.Length == 1)
        {
            Place left = new(method.IsStatic ? arguments[0] : receiver ?? throw Silent(at), 0, layout);
            Place right = new(arguments[arguments.Length - 1], 0, layout);
            Block whenTrue = _b.NewBlock(), whenFalse = _b.NewBlock();
            LowerFieldwiseEquality(left, right, whenTrue, whenFalse, at);
            return isNegated ? Materialize(whenFalse, whenTrue) : Materialize(whenTrue, whenFalse);
        }
        if (method.Name == "Deconstruct")
        {
            for (int i = 0; i < arguments.Length; i++)
            {
                Place part = RecordPart(new Place(receiver ?? throw Silent(at), 0, layout), method.Parameters[i].Name, at);
                Store(new Place(arguments[i], 0, part.Layout), Load(part));
            }
            return null;
        }
        throw Unsupported(at, $"'{method.Name}' of a record");
    }
}
