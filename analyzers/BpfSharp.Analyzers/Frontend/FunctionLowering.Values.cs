using System.Runtime.CompilerServices;
using System.Text;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Values.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary>Evaluates for the effects alone.</summary>
    private void LowerEffect(IOperation operation)
    {
        switch (operation)
        {
            case IInvocationOperation call: LowerInvocation(call, null, isUsed: false); break;
            case IIncrementOrDecrementOperation increment: LowerIncrement(increment, isUsed: false); break;
            case ICompoundAssignmentOperation compound: LowerCompound(compound, isUsed: false); break;
            case ISimpleAssignmentOperation { IsRef: true } assignment: AssignReference(assignment); break;
            case ISimpleAssignmentOperation assignment: LowerAssignment(assignment, isUsed: false); break;
            case IDeconstructionAssignmentOperation deconstruction: LowerDeconstruction(deconstruction); break;
            case ICoalesceAssignmentOperation coalesce: LowerCoalesceAssignment(coalesce); break;
            case IConditionalAccessOperation access: LowerConditionalAccess(access, null); break;
            case IParenthesizedOperation parenthesized: LowerEffect(parenthesized.Operand); break;
            case { Type: null }: throw operation.Kind == OperationKind.None ? UnsupportedSyntax(operation) : Silent(operation);
            default:
                if (LayoutOf(operation).Kind != LayoutKind.Void) LowerValue(operation);
                else throw Unsupported(operation, $"'{Excerpt(operation)}'");
                break;
        }
    }

    /// <summary>The value of an operation: a scalar, or the address of a struct's bytes, to be read before anything else is evaluated.</summary>
    private Value LowerValue(IOperation operation)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        RejectValue(operation);
        TypeLayout layout = LayoutOf(operation);
        _b.DebugId = _module.Positions.Id(operation.Syntax);
        if (operation.ConstantValue.HasValue && layout.Kind == LayoutKind.Integer && SymbolExtensions.TryGetBits(operation.ConstantValue.Value, out long bits))
        {
            return _b.Constant(layout.IrType, bits);
        }
        if (layout.Kind == LayoutKind.Struct) return AddressOf(LowerPlace(operation));
        if (_evaluated.TryGetValue(operation, out Place evaluated)) return Load(evaluated);
        if (KnownNames.MustBeGivenBack(layout.Type) && operation is not IDefaultValueOperation) throw Fail(Ids.ReservationCopy, operation, Excerpt(operation));
        return LowerScalar(operation, layout);
    }

    private Value LowerScalar(IOperation operation, TypeLayout layout)
    {
        switch (operation)
        {
            case IParenthesizedOperation parenthesized: return LowerValue(parenthesized.Operand);
            case IBinaryOperation binary: return IsCondition(binary) ? Materialize(binary) : LowerBinary(binary, layout);
            case IUnaryOperation unary: return LowerUnary(unary, layout);
            case IConversionOperation conversion: return LowerConversion(conversion, layout);
            case IIncrementOrDecrementOperation increment: return LowerIncrement(increment, isUsed: true)!;
            case ICompoundAssignmentOperation compound: return LowerCompound(compound, isUsed: true)!;
            case ISimpleAssignmentOperation { IsRef: false } assignment: return LowerAssignment(assignment, isUsed: true)!;
            case IInvocationOperation { TargetMethod: { ReturnsByRef: false, ReturnsByRefReadonly: false } } call: return LowerInvocation(call, null) ?? throw Silent(call);
            case IPropertyReferenceOperation { Property.Name: "Length", Instance.ConstantValue.Value: string text }: return _b.Const32(text.Length);
            case IPropertyReferenceOperation property when !HasPlace(property): return LowerPropertyGet(property, null) ?? throw Silent(property);
            case IImplicitIndexerReferenceOperation indexer when !HasPlace(indexer): return LowerIndexerGet(indexer, null) ?? throw Silent(indexer);
            case IDefaultValueOperation: return ZeroOf(layout);
            case IArrayElementReferenceOperation array: throw Fail(Ids.ArrayUse, array, array.ArrayReference.Type?.ToDisplayString() ?? "");
            // The kernel's virtual machine has the byte order of the machine that the object is compiled for.
            case IFieldReferenceOperation { Field: { Name: "IsLittleEndian", ContainingType.Name: "BitConverter" } }: return _b.Const32(1);
            case ISizeOfOperation size: return _b.Const32(LayoutOf(size.TypeOperand, size).Size);
            case IIsPatternOperation or ITupleBinaryOperation or IIsTypeOperation: return Materialize(operation);
            case IObjectCreationOperation { Arguments.IsEmpty: true, Initializer: null }: return ZeroOf(layout);
            case IConditionalOperation or ISwitchExpressionOperation or ICoalesceOperation or IObjectCreationOperation or ICoalesceAssignmentOperation:
                Place result = NewTemporary(layout);
                LowerInto(operation, result);
                return Load(result);
            default:
                if (HasPlace(operation) || IsDeclaration(operation)) return Load(LowerPlace(operation));
                throw UnsupportedValue(operation);
        }
    }

    /// <summary>Evaluates into a place that nothing in the operation reads.</summary>
    private void LowerInto(IOperation operation, Place place)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        RejectValue(operation);
        _b.DebugId = _module.Positions.Id(operation.Syntax);
        if (_evaluated.TryGetValue(operation, out Place evaluated))
        {
            Store(place, Load(evaluated));
            return;
        }
        switch (operation)
        {
            case IParenthesizedOperation parenthesized: LowerInto(parenthesized.Operand, place); return;
            case IConditionalOperation { IsRef: false } conditional: LowerConditionalInto(conditional, place); return;
            case ISwitchExpressionOperation choice: LowerSwitchExpression(choice, place); return;
            case ICoalesceOperation coalesce: LowerCoalesce(coalesce, place); return;
            case ICoalesceAssignmentOperation coalesce: Store(place, LowerCoalesceAssignment(coalesce)); return;
        }
        TypeLayout layout = LayoutOf(operation);
        if (layout.Kind == LayoutKind.Void) throw Silent(operation);
        if (layout.IsScalar)
        {
            Store(place, operation is IObjectCreationOperation creation && !creation.Arguments.IsEmpty ? Creation(creation, layout) : LowerValue(operation));
            return;
        }
        LowerStructInto(operation, place);
    }

    /// <summary>Whether it is <c>out var x</c> or the like, which declares and gives a place.</summary>
    private static bool IsDeclaration(IOperation operation) => operation is IDeclarationExpressionOperation { Expression: ILocalReferenceOperation };

    /// <summary>A scalar that the kernel-side API creates, such as a <c>Ref&lt;T&gt;</c>.</summary>
    private Value Creation(IObjectCreationOperation creation, TypeLayout layout) =>
        layout.Type.Is("BpfSharp.Kernel.Ref`1") && creation.Arguments.Length == 1
            ? AddressOf(LowerPlace(creation.Arguments[0].Value))
            : creation.Constructor is { } constructor && IntrinsicName(constructor.OriginalDefinition) == "pointer.create" ? FromWord(LowerValue(creation.Arguments[0].Value), layout)
            : throw Fail(Ids.UserSpaceOnly, creation, Excerpt(creation));

    private void LowerConditionalInto(IConditionalOperation conditional, Place place)
    {
        if (conditional.WhenFalse is not { } otherwise) throw Silent(conditional);
        Block whenTrue = _b.NewBlock(), whenFalse = _b.NewBlock(), end = _b.NewBlock();
        LowerCondition(conditional.Condition, whenTrue, whenFalse);
        _b.Continue(whenTrue);
        LowerInto(conditional.WhenTrue, place);
        _b.Jump(end);
        _b.Continue(whenFalse);
        LowerInto(otherwise, place);
        _b.Jump(end);
        _b.Continue(end);
    }

    /// <summary>A condition as 0 or 1.</summary>
    private Value Materialize(IOperation condition)
    {
        Block whenTrue = _b.NewBlock(), whenFalse = _b.NewBlock();
        LowerCondition(condition, whenTrue, whenFalse);
        return Materialize(whenTrue, whenFalse);
    }

    /// <summary>1 in one block and 0 in the other, joined.</summary>
    private Value Materialize(Block whenTrue, Block whenFalse)
    {
        Place result = NewTemporary(Layouts.Boolean);
        Block end = _b.NewBlock();
        _b.Continue(whenTrue);
        Store(result, _b.Const32(1));
        _b.Jump(end);
        _b.Continue(whenFalse);
        Store(result, _b.Const32(0));
        _b.Jump(end);
        _b.Continue(end);
        return Load(result);
    }

    /// <summary>Reports what no value can be made of, before its type is looked at: the construct says more than the type.</summary>
    private void RejectValue(IOperation operation)
    {
        switch (operation)
        {
            case IInvalidOperation: throw Silent(operation);
            case IArrayCreationOperation array: throw Fail(Ids.ArrayUse, array, array.Type?.ToDisplayString() ?? "");
            case IObjectCreationOperation { Type.IsReferenceType: true } creation: throw Fail(Ids.Allocation, creation, creation.Type!.Name);
            case IAnonymousObjectCreationOperation creation: throw Fail(Ids.Allocation, creation, "anonymous type");
            case ITypeParameterObjectCreationOperation: break;
            case ILiteralOperation { Type.SpecialType: SpecialType.System_String } or IInterpolatedStringOperation or INameOfOperation: throw Fail(Ids.StringUse, operation);
            case IThrowOperation or IConversionOperation { Operand: IThrowOperation }: throw Fail(Ids.ExceptionUse, operation, "throw");
            case IConversionOperation { OperatorMethod: null } conversion: RejectConversion(conversion); break;
            case IBinaryOperation { Type.SpecialType: SpecialType.System_String }: throw Fail(Ids.StringUse, operation);
            case IAwaitOperation: throw Fail(Ids.Async, operation);
            case IDelegateCreationOperation or IAnonymousFunctionOperation: throw RejectDelegate(operation);
            case IMethodReferenceOperation: throw Fail(Ids.DelegateUse, operation, Excerpt(operation));
            case ITypeOfOperation: throw Unsupported(operation, "typeof");
            case IAddressOfOperation: throw Fail(Ids.UnsafePointer, operation, "'&'");
            case IDynamicInvocationOperation or IDynamicMemberReferenceOperation or IDynamicIndexerAccessOperation or IDynamicObjectCreationOperation:
                throw Fail(Ids.DynamicUse, operation);
            case IPropertyReferenceOperation property when _module.Map(property.Property) is not null:
                throw Fail(Ids.MapUse, operation, "it cannot be kept in a variable or passed on");
            case { Type.SpecialType: SpecialType.System_String }:
                throw Fail(Ids.StringUse, operation);
        }
    }

    private LoweringException RejectDelegate(IOperation operation)
    {
        IAnonymousFunctionOperation? lambda = operation as IAnonymousFunctionOperation ?? (operation as IDelegateCreationOperation)?.Target as IAnonymousFunctionOperation;
        if (lambda is not null && Captured(lambda.Body, lambda.Symbol) is { } captured) return Fail(Ids.Closure, operation, captured);
        return Fail(Ids.DelegateUse, operation, Excerpt(operation));
    }

    private LoweringException UnsupportedValue(IOperation operation) => operation switch
    {
        { Kind: OperationKind.None } => UnsupportedSyntax(operation),
        IInvalidOperation => Silent(operation),
        _ => Unsupported(operation, $"'{Excerpt(operation)}'"),
    };

    /// <summary>The bytes of a <c>u8</c> literal.</summary>
    private Value Utf8(IUtf8StringOperation literal) => _b.GlobalAddress(_module.ConstantData(Encoding.UTF8.GetBytes(literal.Value)));

    /// <summary>What a lambda or local function uses of the method around it; null if nothing.</summary>
    private static string? Captured(IOperation? body, IMethodSymbol function)
    {
        if (body is null) return null;
        foreach (IOperation operation in body.DescendantsAndSelf())
        {
            ISymbol? symbol = operation switch
            {
                ILocalReferenceOperation { Local.IsConst: false } local => local.Local,
                IParameterReferenceOperation parameter => parameter.Parameter,
                IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance } => function.ContainingType,
                _ => null,
            };
            if (symbol is ITypeSymbol) return "this";
            if (symbol is not null && !IsInside(symbol, function)) return symbol.Name;
        }
        return null;
    }

    private static bool IsInside(ISymbol symbol, IMethodSymbol function)
    {
        for (ISymbol? container = symbol.ContainingSymbol; container is not null; container = container.ContainingSymbol)
        {
            if (SymbolEqualityComparer.Default.Equals(container, function)) return true;
        }
        return false;
    }
}
