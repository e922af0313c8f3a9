using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Assignments of all kinds.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary>What is assigned: a place, or a property with its receiver and index evaluated once.</summary>
    private sealed record Target(TypeLayout Layout, Place? Place, IPropertySymbol? Property, Value? Receiver, Value[] Arguments)
    {
        /// <summary>The place in kernel memory, if it is one.</summary>
        public KernelPlace? Kernel { get; init; }
    }

    private Target LowerTarget(IOperation operation)
    {
        if (operation is IPropertyReferenceOperation member && KernelTarget(member) is { } kernel) return new Target(LayoutOf(operation), null, null, null, []) { Kernel = kernel };
        if (operation is IPropertyReferenceOperation initialized && !HasPlace(initialized) && InitializedField(initialized) is { } field)
        {
            Place part = FieldPlace(LowerPlace(initialized.Instance!), field, operation);
            return new Target(part.Layout, part, null, null, []);
        }
        if (operation is IPropertyReferenceOperation property && !HasPlace(property))
        {
            if (_module.Map(property.Property) is not null) throw Fail(Ids.MapUse, operation, "it cannot be assigned");
            if (property.Instance is { Type.IsReferenceType: true } instance && !IsSelf(instance)) throw Fail(Ids.ReferenceType, instance, instance.Type!.ToDisplayString());
            Value? receiver = property.Instance is null ? null : AddressOf(LowerPlace(property.Instance));
            Value[] arguments = property.Arguments.IsEmpty ? [] : EvaluateArguments(property.Arguments, property.Property.Parameters, property);
            return new Target(LayoutOf(operation), null, Implementation(property), receiver, arguments);
        }
        if (operation is IInlineArrayAccessOperation or IImplicitIndexerReferenceOperation or IArrayElementReferenceOperation || HasPlace(operation)
            || operation is IDeclarationExpressionOperation or IDiscardOperation or IPropertyReferenceOperation)
        {
            Place place = LowerPlace(operation);
            return new Target(place.Layout, place, null, null, []);
        }
        throw UnsupportedValue(operation);
    }

    /// <summary>The property that a struct has for one of an interface.</summary>
    private IPropertySymbol Implementation(IPropertyReferenceOperation property) =>
        property is { Property.ContainingType.TypeKind: Microsoft.CodeAnalysis.TypeKind.Interface, Instance: { Type: not null } instance } && TypeOf(instance) is INamedTypeSymbol { IsValueType: true } type
            ? type.FindImplementationForInterfaceMember(_frame.Substitution.Apply(property.Property.ContainingType, _module.Compilation) is INamedTypeSymbol container
                ? Substitution.Member(container, property.Property.OriginalDefinition) ?? property.Property : property.Property) as IPropertySymbol ?? property.Property
            : property.Property;

    /// <summary>A property without a setter is its field in a constructor, where alone it can be assigned.</summary>
    private static IFieldSymbol? InitializedField(IPropertyReferenceOperation property) =>
        property is { Property.SetMethod: null, Instance.Type.IsValueType: true } ? BackingField(property.Property.OriginalDefinition) : null;

    private Value Load(Target target, IOperation at)
    {
        if (target.Place is { } place) return Load(place);
        if (target.Kernel is { } kernel) return KernelRead(Op.KernelRead, kernel, target.Layout);
        IMethodSymbol getter = Expect(target.Property!.GetMethod, at);
        return CallMethod(getter, target.Receiver, target.Arguments, at, null) ?? throw Silent(at);
    }

    private void Store(Target target, Value value, IOperation at)
    {
        if (target.Place is { } place)
        {
            Store(place, value);
            return;
        }
        if (target.Kernel is { } kernel)
        {
            KernelStore(kernel, target.Layout, value);
            return;
        }
        IMethodSymbol setter = Expect(target.Property!.SetMethod, at);
        Value argument = target.Layout.Kind == LayoutKind.Struct ? Copied(value, target.Layout) : value;
        CallMethod(setter, target.Receiver, [.. target.Arguments, argument], at, null);
    }

    private Value? LowerAssignment(ISimpleAssignmentOperation assignment, bool isUsed)
    {
        if (assignment.Target is IDiscardOperation)
        {
            if (!isUsed)
            {
                LowerEffect(assignment.Value);
                return null;
            }
            return LowerValue(assignment.Value);
        }
        RejectValue(assignment.Value);
        Target target = LowerTarget(assignment.Target);
        if (KnownNames.MustBeGivenBack(target.Layout.Type)) throw Fail(Ids.ReservationCopy, assignment, Excerpt(assignment));
        if (target.Layout.IsScalar)
        {
            Value value = LowerValue(assignment.Value);
            _b.DebugId = _module.Positions.Id(assignment.Syntax);
            Store(target, value, assignment);
            return value;
        }
        // The new value may read the old one, so it is complete before anything is written.
        Place whole;
        if (HasPlace(assignment.Value)) whole = LowerPlace(assignment.Value);
        else LowerInto(assignment.Value, whole = NewTemporary(target.Layout));
        _b.DebugId = _module.Positions.Id(assignment.Syntax);
        Store(target, AddressOf(whole), assignment);
        return isUsed ? AddressOf(whole) : null;
    }

    private Value? LowerCompound(ICompoundAssignmentOperation compound, bool isUsed)
    {
        Target target = LowerTarget(compound.Target);
        if (compound.IsLifted) return LiftedCompound(compound, target);
        if (compound.OperatorMethod is { IsStatic: false } instanceMethod) return CallInstanceOperator(instanceMethod, target, [compound.Value], compound, isUsed);
        Value old = Load(target, compound);
        TypeLayout result;
        Value value;
        if (compound.OperatorMethod is { } method)
        {
            if (target.Layout.Kind == LayoutKind.Struct) old = Copied(old, target.Layout);
            Value right = EvaluateOperand(compound.Value);
            method = Resolve(method, null, compound.ConstrainedToType, compound);
            if (IsNumber(method.ContainingType) && target.Layout.Kind == LayoutKind.Integer)
            {
                // An operator of a type parameter that stands for an integer type.
                value = Arithmetic(compound.OperatorKind, old, target.Layout, right, LayoutOf(compound.Value), target.Layout, compound.IsChecked, compound);
            }
            else
            {
                value = CallMethod(method, null, [old, right], compound, null) ?? throw Silent(compound);
            }
            if (compound.OutConversion is { IsIdentity: false, IsUserDefined: false })
            {
                result = LayoutOf(method.ReturnType, compound);
                if (result.Kind == LayoutKind.Integer) value = Convert(value, result, target.Layout, compound.IsChecked);
            }
        }
        else
        {
            if (target.Layout.Kind != LayoutKind.Integer) throw UnsupportedValue(compound);
            Value right = LowerValue(compound.Value);
            TypeLayout rightLayout = LayoutOf(compound.Value);
            // The operator's own type: what the left operand is converted to first.
            TypeLayout operation = OperationLayout(compound, target.Layout, rightLayout);
            Value left = Convert(old, target.Layout, operation, false);
            value = Arithmetic(compound.OperatorKind, left, operation, right, rightLayout, operation, compound.IsChecked, compound);
            value = Convert(value, operation, target.Layout, NarrowsChecked(compound) && !IsEnum(target.Layout));
        }
        _b.DebugId = _module.Positions.Id(compound.Syntax);
        Store(target, value, compound);
        return isUsed ? value : null;
    }

    /// <summary>An operator of C# 14 that changes its operand in place.</summary>
    private Value? CallInstanceOperator(IMethodSymbol method, Target target, IOperation[] operands, IOperation at, bool isUsed)
    {
        if (target.Place is not { } place) throw Unsupported(at, "An operator that changes its operand, on a property,");
        Value[] arguments = [.. operands.Select(EvaluateOperand)];
        _b.DebugId = _module.Positions.Id(at.Syntax);
        CallMethod(Resolve(method, null, null, at), AddressOf(place), arguments, at, null);
        return isUsed ? Load(place) : null;
    }

    private static bool IsEnum(TypeLayout layout) => layout.Type.TypeKind == TypeKind.Enum;

    /// <summary>
    /// Whether the result of <c>x op= y</c> is converted back to a narrow type in a checked context. A shift never overflows and so does not say itself, unlike
    /// the other operators, but the conversion of its result does.
    /// </summary>
    private bool NarrowsChecked(ICompoundAssignmentOperation compound)
    {
        if (compound.IsChecked || compound.OperatorKind is not (BinaryOperatorKind.LeftShift or BinaryOperatorKind.RightShift or BinaryOperatorKind.UnsignedRightShift)) return compound.IsChecked;
        foreach (SyntaxNode node in compound.Syntax.Ancestors())
        {
            if (node is CheckedStatementSyntax or CheckedExpressionSyntax) return node.IsKind(SyntaxKind.CheckedStatement) || node.IsKind(SyntaxKind.CheckedExpression);
        }
        return _module.Compilation.Options is CSharpCompilationOptions { CheckOverflow: true };
    }

    private TypeLayout OperationLayout(ICompoundAssignmentOperation compound, TypeLayout target, TypeLayout right)
    {
        if (IsEnum(target) || target.IsBool) return target;
        bool isShift = compound.OperatorKind is BinaryOperatorKind.LeftShift or BinaryOperatorKind.RightShift or BinaryOperatorKind.UnsignedRightShift;
        if (isShift) return target.Size < 4 ? Layouts.Int32 : target;
        // Both operands have the operator's type, and the right one is converted already.
        return right;
    }

    private void LowerDeconstruction(IDeconstructionAssignmentOperation operation)
    {
        if (operation.Target is not ITupleOperation && operation.Target is not IDeclarationExpressionOperation) throw Silent(operation);
        List<(Target? Target, TypeLayout? Layout)> targets = [];
        ITupleOperation tuple = TargetTuple(operation.Target);
        CollectTargets(tuple, targets);
        List<Place> values = [];
        DeconstructionInfo? info = operation.Syntax switch
        {
            Microsoft.CodeAnalysis.CSharp.Syntax.AssignmentExpressionSyntax assignment => _module.Deconstruction(assignment),
            _ => null,
        };
        CollectValues(tuple, operation.Value, info, values, operation);
        if (targets.Count != values.Count) throw Silent(operation);
        for (int i = 0; i < targets.Count; i++)
        {
            if (targets[i].Target is not { } target) continue;
            Place converted = values[i];
            if (!SymbolEqualityComparer.Default.Equals(converted.Layout.Type, target.Layout.Type))
            {
                Place temporary = NewTemporary(target.Layout);
                ConvertPart(converted, temporary, operation);
                converted = temporary;
            }
            Store(target, Load(converted), operation);
        }
    }

    private static ITupleOperation TargetTuple(IOperation target) => target switch
    {
        ITupleOperation tuple => tuple,
        IDeclarationExpressionOperation { Expression: ITupleOperation tuple } => tuple,
        _ => throw new LoweringException(),
    };

    /// <summary>The targets are evaluated before the value, from left to right.</summary>
    private void CollectTargets(ITupleOperation tuple, List<(Target? Target, TypeLayout? Layout)> targets)
    {
        foreach (IOperation element in tuple.Elements)
        {
            if (element is ITupleOperation or IDeclarationExpressionOperation { Expression: ITupleOperation }) CollectTargets(TargetTuple(element), targets);
            else if (element is IDiscardOperation) targets.Add((null, null));
            else if (element is ILocalReferenceOperation { IsDeclaration: true } local) targets.Add((Of(PlaceOf(Declare(local.Local, local))), null));
            else targets.Add((LowerTarget(element), null));
        }

        static Target Of(Place place) => new(place.Layout, place, null, null, []);
    }

    /// <summary>All values are evaluated before any is assigned.</summary>
    private void CollectValues(ITupleOperation targets, IOperation value, DeconstructionInfo? info, List<Place> values, IOperation at)
    {
        while (value is IConversionOperation { OperatorMethod: null } conversion && conversion.Operand.Type is not null && (conversion.Conversion.IsIdentity || conversion.Operand is ITupleOperation))
        {
            value = conversion.Operand;
        }
        if (value is ITupleOperation tuple && tuple.Elements.Length == targets.Elements.Length)
        {
            for (int i = 0; i < tuple.Elements.Length; i++)
            {
                if (IsTuple(targets.Elements[i])) CollectValues(TargetTuple(targets.Elements[i]), tuple.Elements[i], Nested(info, i), values, at);
                else
                {
                    IOperation element = tuple.Elements[i];
                    TypeLayout layout = element.Type is null || element.ConstantValue is { HasValue: true, Value: null } || targets.Elements[i] is not IDiscardOperation && element.Type.SpecialType == SpecialType.None && element is IDefaultValueOperation
                        ? LayoutOf(targets.Elements[i])
                        : LayoutOf(element);
                    Place place = NewTemporary(layout);
                    LowerConverted(element, place);
                    values.Add(place);
                }
            }
            return;
        }
        Place source = NewTemporary(LayoutOf(value));
        LowerInto(value, source);
        Deconstruct(targets, source, info, values, at);
    }

    private static bool IsTuple(IOperation target) => target is ITupleOperation or IDeclarationExpressionOperation { Expression: ITupleOperation };

    private static DeconstructionInfo? Nested(DeconstructionInfo? info, int index) =>
        info is { } known && index < known.Nested.Length ? known.Nested[index] : null;

    private void Deconstruct(ITupleOperation targets, Place source, DeconstructionInfo? info, List<Place> values, IOperation at)
    {
        List<Place> parts = [];
        if (source.Layout.Type.IsTupleType)
        {
            foreach (FieldLayout field in source.Layout.Fields) parts.Add(source.Part(field));
        }
        else
        {
            IMethodSymbol method = info?.Method ?? FindDeconstruct(source.Layout, targets.Elements.Length) ?? throw Silent(at);
            parts = CallDeconstruct(method, source, at);
        }
        if (parts.Count != targets.Elements.Length) throw Silent(at);
        for (int i = 0; i < parts.Count; i++)
        {
            if (IsTuple(targets.Elements[i])) Deconstruct(TargetTuple(targets.Elements[i]), parts[i], Nested(info, i), values, at);
            else values.Add(parts[i]);
        }
    }

    private static IMethodSymbol? FindDeconstruct(TypeLayout layout, int count) =>
        layout.Type.GetMembers("Deconstruct").OfType<IMethodSymbol>().FirstOrDefault(m => m.Parameters.Length == count);
}
