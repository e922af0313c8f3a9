using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Struct values: creation, copies, tuples, <c>with</c>.</summary>
internal sealed partial class FunctionLowering
{
    private void LowerStructInto(IOperation operation, Place place)
    {
        switch (operation)
        {
            case IDefaultValueOperation:
                StoreZero(place);
                return;
            case IObjectCreationOperation creation:
                LowerCreation(creation, place);
                return;
            case ITypeParameterObjectCreationOperation creation:
                LowerTypeParameterCreation(creation, place);
                return;
            case ITupleOperation tuple:
                // The elements are evaluated in order into fields that they do not read.
                for (int i = 0; i < tuple.Elements.Length; i++) LowerConverted(tuple.Elements[i], place.Part(place.Layout.Fields[i]));
                return;
            case IWithOperation with:
                LowerInto(with.Operand, place);
                LowerInitializer(with.Initializer, place);
                return;
            case IConversionOperation conversion:
                LowerConversionInto(conversion, place);
                return;
            case ISimpleAssignmentOperation { IsRef: false } assignment:
                Store(place, LowerAssignment(assignment, isUsed: true)!);
                return;
            case ICompoundAssignmentOperation compound:
                Store(place, LowerCompound(compound, isUsed: true)!);
                return;
            case IIncrementOrDecrementOperation increment:
                Store(place, LowerIncrement(increment, isUsed: true)!);
                return;
            case IBinaryOperation { OperatorMethod: { } method, IsLifted: false } binary:
                CallStaticInto(method, [binary.LeftOperand, binary.RightOperand], binary, place);
                return;
            case IUnaryOperation { OperatorMethod: { } method, IsLifted: false } unary:
                CallStaticInto(method, [unary.Operand], unary, place);
                return;
            case IBinaryOperation { IsLifted: true } lifted:
                LowerLiftedBinary(lifted, place);
                return;
            case IUnaryOperation { IsLifted: true } lifted:
                LowerLiftedUnary(lifted, place);
                return;
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Hat } fromEnd:
                StoreIndex(place, LowerValue(fromEnd.Operand), true);
                return;
            case IRangeOperation range:
                LowerRangeInto(range, place);
                return;
            case IUtf8StringOperation literal:
                WriteSpan(place, Utf8(literal), _b.Const32(System.Text.Encoding.UTF8.GetByteCount(literal.Value)));
                return;
            case ICollectionExpressionOperation collection:
                LowerCollection(collection, place);
                return;
            case IInvocationOperation { TargetMethod: { ReturnsByRef: false, ReturnsByRefReadonly: false } } call:
                CopyResult(LowerInvocation(call, place), place, call);
                return;
            case IPropertyReferenceOperation property when !HasPlace(property):
                CopyResult(LowerPropertyGet(property, place), place, property);
                return;
            case IInlineArrayAccessOperation access when IsRange(access.Argument):
                LowerInlineArraySlice(access, place);
                return;
            case IImplicitIndexerReferenceOperation indexer when !HasPlace(indexer):
                CopyResult(LowerIndexerGet(indexer, place), place, indexer);
                return;
            case IConditionalAccessOperation access:
                LowerConditionalAccess(access, place);
                return;
            case { Kind: OperationKind.None } when operation.Syntax is StackAllocArrayCreationExpressionSyntax or ImplicitStackAllocArrayCreationExpressionSyntax:
                LowerStackalloc(operation, place);
                return;
        }
        if (HasPlace(operation) || IsDeclaration(operation))
        {
            Store(place, AddressOf(LowerPlace(operation)));
            return;
        }
        throw UnsupportedValue(operation);
    }

    /// <summary>Results that are not in the place yet are copied there; calls write theirs directly where they can.</summary>
    private void CopyResult(Value? result, Place place, IOperation at)
    {
        if (result is null) throw Silent(at);
        if (result.Op == place.Pointer.Op && result.Op == Op.SlotAddress && result.Immediate == place.Pointer.Immediate && place.Offset == 0) return;
        Store(place, result);
    }

    private void LowerCreation(IObjectCreationOperation creation, Place place)
    {
        if (creation.Constructor is not { } constructor) throw Silent(creation);
        if (place.Layout.IsSpan)
        {
            LowerSpanCreation(creation, place);
            return;
        }
        if (place.Layout.Type.Is("System.Index") || place.Layout.Type.Is("System.Range"))
        {
            LowerIndexCreation(creation, place);
            return;
        }
        IMethodSymbol method = _frame.Substitution.Apply(constructor, _module.Compilation);
        if (place.Layout.Type.IsTupleType)
        {
            for (int i = 0; i < creation.Arguments.Length; i++) LowerInto(creation.Arguments[i].Value, place.Part(place.Layout.Fields[creation.Arguments[i].Parameter!.Ordinal]));
        }
        else if (place.Layout.IsNullable)
        {
            StoreZero(place);
            if (creation.Arguments.Length == 1)
            {
                LowerInto(creation.Arguments[0].Value, place.Part("value"));
                Store(place.Part("hasValue"), _b.Const32(1));
            }
        }
        else if (method.OriginalDefinition.Attribute(KnownNames.ConstructorAttribute) is { } attribute)
        {
            LowerKnownConstructor(creation, attribute, place);
        }
        else if (IntrinsicName(method.OriginalDefinition) is { } name)
        {
            StoreZero(place);
            LowerIntrinsicConstructor(name, creation, place);
        }
        else
        {
            StoreZero(place);
            bool isDefault = constructor.Parameters.IsEmpty && constructor.IsImplicitlyDeclared;
            if (!isDefault)
            {
                if (!IsSource(method)) throw Fail(Ids.NoSource, creation, method.ToDisplayString());
                Value[] arguments = EvaluateArguments(creation.Arguments, method.Parameters, creation);
                CallMethod(method, AddressOf(place), arguments, creation, null);
            }
        }
        if (creation.Initializer is { } initializer) LowerInitializer(initializer, place);
    }

    /// <summary><c>new T()</c> of a type parameter.</summary>
    private void LowerTypeParameterCreation(ITypeParameterObjectCreationOperation creation, Place place)
    {
        StoreZero(place);
        IMethodSymbol? constructor = (place.Layout.Type as INamedTypeSymbol)?.InstanceConstructors.FirstOrDefault(static c => c.Parameters.IsEmpty);
        if (constructor is { IsImplicitlyDeclared: false } && IsSource(constructor)) CallMethod(constructor, AddressOf(place), [], creation, null);
        if (creation.Initializer is { } initializer) LowerInitializer(initializer, place);
    }

    private void LowerKnownConstructor(IObjectCreationOperation creation, AttributeData attribute, Place place)
    {
        StoreZero(place);
        string[] fields = [.. attribute.ConstructorArguments[0].Values.Select(static v => v.Value as string ?? "")];
        foreach (IArgumentOperation argument in creation.Arguments)
        {
            if (argument.Parameter is not { } parameter || parameter.Ordinal >= fields.Length) throw Silent(argument);
            LowerInto(argument.Value, place.Part(fields[parameter.Ordinal]));
        }
    }

    private void LowerInitializer(IObjectOrCollectionInitializerOperation initializer, Place place)
    {
        foreach (IOperation member in initializer.Initializers)
        {
            _frame.ImplicitReceivers.Push(AddressOf(place));
            try
            {
                switch (member)
                {
                    case ISimpleAssignmentOperation { IsRef: true } reference:
                        AssignReference(reference);
                        break;
                    case ISimpleAssignmentOperation assignment:
                        LowerAssignment(assignment, isUsed: false);
                        break;
                    case IMemberInitializerOperation nested:
                        LowerInitializer(nested.Initializer, LowerPlace(nested.InitializedMember));
                        break;
                    default:
                        LowerEffect(member);
                        break;
                }
            }
            finally
            {
                _frame.ImplicitReceivers.Pop();
            }
        }
    }

    /// <summary>Branches on whether all bytes that belong to fields are equal: the equality of records and of the API's value types.</summary>
    private void LowerFieldwiseEquality(Place left, Place right, Block whenTrue, Block whenFalse, IOperation at)
    {
        TypeLayout layout = left.Layout;
        if (layout.IsScalar)
        {
            _b.Branch(_b.Compare(Op.Eq, Load(left), Load(right)), whenTrue, whenFalse);
            return;
        }
        if (layout.ElementCount > 0)
        {
            for (int i = 0; i < layout.ElementCount; i++)
            {
                Block next = _b.NewBlock();
                int offset = i * layout.Element!.Size;
                LowerFieldwiseEquality(new Place(left.Pointer, left.Offset + offset, layout.Element), new Place(right.Pointer, right.Offset + offset, layout.Element), next, whenFalse, at);
                _b.Continue(next);
            }
            _b.Jump(whenTrue);
            return;
        }
        foreach (FieldLayout field in layout.Fields)
        {
            Block next = _b.NewBlock();
            LowerEquality(left.Part(field), right.Part(field), next, whenFalse, at);
            _b.Continue(next);
        }
        _b.Jump(whenTrue);
    }

    /// <summary>Branches on the equality of two values by their type's <c>==</c>, or by their fields.</summary>
    private void LowerEquality(Place left, Place right, Block whenTrue, Block whenFalse, IOperation at)
    {
        if (left.Layout.Kind == LayoutKind.Struct
            && left.Layout.Type.GetMembers("op_Equality").OfType<IMethodSymbol>().FirstOrDefault(static m => IsSource(m) && !m.IsImplicitlyDeclared) is { } method)
        {
            Value equal = CallMethod(method, null, [Copied(AddressOf(left), left.Layout), Copied(AddressOf(right), right.Layout)], at, null) ?? throw Silent(at);
            _b.Branch(equal, whenTrue, whenFalse);
            return;
        }
        LowerFieldwiseEquality(left, right, whenTrue, whenFalse, at);
    }

    private void LowerTupleEquality(ITupleBinaryOperation operation, Block whenTrue, Block whenFalse)
    {
        Place left = TupleOperand(operation.LeftOperand), right = TupleOperand(operation.RightOperand);
        if (operation.OperatorKind == BinaryOperatorKind.Equals) CompareTuples(left, right, whenTrue, whenFalse, operation);
        else CompareTuples(left, right, whenFalse, whenTrue, operation);
    }

    private Place TupleOperand(IOperation operand)
    {
        while (operand is IConversionOperation { OperatorMethod: null, Operand: ITupleOperation } conversion) operand = conversion.Operand;
        Place place = NewTemporary(LayoutOf(operand));
        LowerInto(operand, place);
        return place;
    }

    private void CompareTuples(Place left, Place right, Block whenTrue, Block whenFalse, IOperation at)
    {
        if (left.Layout.Fields.Length != right.Layout.Fields.Length) throw Silent(at);
        for (int i = 0; i < left.Layout.Fields.Length; i++)
        {
            Block next = _b.NewBlock();
            Place a = left.Part(left.Layout.Fields[i]), b = right.Part(right.Layout.Fields[i]);
            if (a.Layout.Type.IsTupleType && b.Layout.Type.IsTupleType) CompareTuples(a, b, next, whenFalse, at);
            else if (a.Layout.Kind == LayoutKind.Integer && b.Layout.Kind == LayoutKind.Integer) _b.Branch(CompareMixed(a, b), next, whenFalse);
            else if (SymbolEqualityComparer.Default.Equals(a.Layout.Type, b.Layout.Type)) LowerEquality(a, b, next, whenFalse, at);
            else throw Unsupported(at, "Comparing tuples of these element types");
            _b.Continue(next);
        }
        _b.Jump(whenTrue);
    }

    /// <summary>Equality of two integers of any types: both are widened, which C# does too.</summary>
    private Value CompareMixed(Place a, Place b) =>
        a.Layout.Is64 || b.Layout.Is64 || a.Layout.IsSigned != b.Layout.IsSigned
            ? _b.Compare(Op.Eq, ToWidth64(Load(a), a.Layout), ToWidth64(Load(b), b.Layout))
            : _b.Compare(Op.Eq, Load(a), Load(b));
}
