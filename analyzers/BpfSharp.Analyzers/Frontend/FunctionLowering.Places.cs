using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Places: what can be assigned or taken by reference, as pointer and offset.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary>The place of a variable.</summary>
    private Place PlaceOf(Variable variable) => variable.IsReference
        ? new Place(_b.Load(IrType.Pointer(), Access.U64, Address(variable.Slot)), 0, variable.Layout)
        : new Place(Address(variable.Slot), 0, variable.Layout);

    /// <summary>The variable of a local or parameter, in this method or those around a local function.</summary>
    private Variable Variable(ISymbol symbol, IOperation at)
    {
        if (_poisoned.Contains(symbol)) throw Silent(at);
        for (Frame? frame = _frame; frame is not null; frame = frame.Lexical)
        {
            if (frame.Variables.TryGetValue(symbol, out Variable? variable)) return variable;
            if (symbol is IParameterSymbol parameter && frame.Variables.TryGetValue(parameter.OriginalDefinition, out variable)) return variable;
        }
        // A local that is assigned before its declaration is lowered: after goto, or in a pattern.
        if (symbol is ILocalSymbol local) return Declare(local, at);
        throw Silent(at);
    }

    /// <summary>Lowers an operation to a place; a value that has none is put into a temporary.</summary>
    private Place LowerPlace(IOperation operation)
    {
        if (_evaluated.TryGetValue(operation, out Place known)) return known;
        switch (operation)
        {
            case ILocalReferenceOperation { Local.IsConst: false } local:
                return PlaceOf(Variable(local.Local, local));
            case IParameterReferenceOperation parameter:
                return ParameterPlace(parameter);
            case IFieldReferenceOperation { Field.IsConst: false } field:
                return FieldPlace(field);
            case IPropertyReferenceOperation property when PropertyPlace(property) is { } place:
                return place;
            case IInvocationOperation { TargetMethod: { } method } call when method.ReturnsByRef || method.ReturnsByRefReadonly:
                return new Place(LowerInvocation(call, null) ?? throw Silent(call), 0, LayoutOf(call));
            case IInlineArrayAccessOperation access when !LayoutOf(access).IsSpan || !IsRange(access.Argument):
                return InlineArrayElement(access);
            case IImplicitIndexerReferenceOperation indexer when IndexerElement(indexer) is { } element:
                return element;
            case IArrayElementReferenceOperation array:
                throw Fail(Ids.ArrayUse, array, array.ArrayReference.Type?.ToDisplayString() ?? "");
            case IInstanceReferenceOperation instance:
                return InstancePlace(instance);
            case IConditionalOperation { WhenFalse: { } otherwise } conditional when conditional.IsRef:
                return ConditionalPlace(conditional, otherwise);
            case ISimpleAssignmentOperation { IsRef: true } assignment:
                return AssignReference(assignment);
            case IDeclarationExpressionOperation { Expression: ILocalReferenceOperation local } declaration:
                Place declared = PlaceOf(Declare(local.Local, declaration));
                if (declared.Layout.HasPadding) StoreZero(declared);
                return declared;
            case IDiscardOperation discard:
                return NewTemporary(LayoutOf(discard));
            case IParenthesizedOperation parenthesized:
                return LowerPlace(parenthesized.Operand);
            case IConversionOperation { OperatorMethod: null } conversion when conversion.Conversion.IsIdentity && conversion.Operand.Type is { IsTupleType: false }:
                return LowerPlace(conversion.Operand);
            case IConditionalAccessInstanceOperation when _frame.ConditionalInstances.Count > 0:
                return _frame.ConditionalInstances.Peek();
            case { Kind: OperationKind.None } when operation.Type is null || !LayoutOf(operation).IsSpan:
                throw UnsupportedSyntax(operation);
            case IDeclarationExpressionOperation:
                throw Silent(operation);
            default:
                // Something that is a place otherwise: the code is erroneous.
                if (HasPlace(operation)) throw Silent(operation);
                Place temporary = NewTemporary(LayoutOf(operation));
                LowerInto(operation, temporary);
                return temporary;
        }
    }

    /// <summary>Whether <see cref="LowerPlace"/> gives the place itself and not a copy.</summary>
    private bool HasPlace(IOperation operation) => operation switch
    {
        _ when _evaluated.ContainsKey(operation) => true,
        ILocalReferenceOperation { Local.IsConst: false } or IParameterReferenceOperation or IFieldReferenceOperation { Field.IsConst: false } => true,
        IPropertyReferenceOperation property => HasPlace(property),
        IInvocationOperation call => call.TargetMethod.ReturnsByRef || call.TargetMethod.ReturnsByRefReadonly,
        IInlineArrayAccessOperation access => !IsRange(access.Argument),
        IImplicitIndexerReferenceOperation indexer => !IsRange(indexer.Argument) && indexer.IndexerSymbol is IPropertySymbol { ReturnsByRef: true } or IPropertySymbol { ReturnsByRefReadonly: true },
        IInstanceReferenceOperation or IConditionalAccessInstanceOperation => true,
        IConditionalOperation conditional => conditional.IsRef,
        ISimpleAssignmentOperation assignment => assignment.IsRef,
        IParenthesizedOperation parenthesized => HasPlace(parenthesized.Operand),
        // A cast is a value, also one that changes nothing: what gets it by reference gets a copy.
        IConversionOperation { OperatorMethod: null, IsImplicit: true } conversion => conversion.Conversion.IsIdentity && conversion.Operand.Type is { IsTupleType: false } && HasPlace(conversion.Operand),
        _ => false,
    };

    private bool HasPlace(IPropertyReferenceOperation property) => !ModuleLowering.IsKernelMember(property.Property) && HasOwnPlace(property);

    private bool HasOwnPlace(IPropertyReferenceOperation property) =>
        property.Property.ReturnsByRef || property.Property.ReturnsByRefReadonly || IsAuto(property.Property.OriginalDefinition) && property.Instance is { Type.IsValueType: true };

    /// <summary>Whether no accessor has a body, so that the property is its field. Where one has (and uses <c>field</c>), accessors are called.</summary>
    private bool IsAuto(IPropertySymbol property) =>
        (property.GetMethod is { } getter ? AutoField(property, getter) : null) is not null && (property.SetMethod is not { } setter || AutoField(property, setter) is not null);

    private Place ParameterPlace(IParameterReferenceOperation operation)
    {
        IParameterSymbol parameter = operation.Parameter.OriginalDefinition;
        bool isOwn = false;
        for (Frame? frame = _frame; frame is not null; frame = frame.Lexical) isOwn |= frame.Variables.ContainsKey(parameter);
        if (!isOwn && parameter.ContainingSymbol is IMethodSymbol { MethodKind: MethodKind.Constructor } && FrameWithThis() is { } self)
        {
            Place place = ThisPlace(self);
            FieldLayout? captured = place.Layout.Fields.FirstOrDefault(f => f.Name == "<" + parameter.Name + ">P");
            if (captured is not null) return place.Part(captured);
        }
        return PlaceOf(Variable(parameter, operation));
    }

    private Frame? FrameWithThis()
    {
        Frame? frame = _frame;
        while (frame is { This: null }) frame = frame.Lexical;
        return frame;
    }

    private Place ThisPlace(IOperation at) => ThisPlace(FrameWithThis() ?? throw Silent(at));

    private Place ThisPlace(Frame frame) => new(_b.Load(IrType.Pointer(), Access.U64, Address(frame.This!)), 0, frame.Signature.This!);

    private Place InstancePlace(IInstanceReferenceOperation instance)
    {
        if (instance.ReferenceKind == InstanceReferenceKind.ContainingTypeInstance) return ThisPlace(instance);
        if (_frame.ImplicitReceivers.Count == 0) throw Silent(instance);
        return new Place(_frame.ImplicitReceivers.Peek(), 0, LayoutOf(instance));
    }

    private Place FieldPlace(IFieldReferenceOperation operation)
    {
        IFieldSymbol field = operation.Field;
        if (field.IsStatic)
        {
            if (_module.Global(field) is { } name)
            {
                Value address = _b.GlobalAddress(name);
                return new Place(field.IsVolatile ? Hidden(address) : address, 0, LayoutOf(operation));
            }
            LayoutOf(operation);
            if (SymbolEqualityComparer.Default.Equals(field.ContainingType, _module.Class) && field.DeclaringSyntaxReferences.Length > 0 && !field.IsImplicitlyDeclared)
            {
                // A field of the class that is no global was reported where it is declared, or its type holds references.
                throw LayoutOf(operation).HasPointers ? Fail(Ids.MapType, operation, field.Type.ToDisplayString()) : Silent(operation);
            }
            throw Fail(Ids.ForeignStaticField, operation, field.Name);
        }
        if (operation.Instance is not { } instance) throw Silent(operation);
        if (instance.Type is { IsReferenceType: true }) RejectValue(instance);
        if (instance.Type is { IsReferenceType: true } reference) throw Fail(Ids.ReferenceType, instance, reference.ToDisplayString());
        return FieldPlace(LowerPlace(instance), field, operation);
    }

    /// <summary>The place of a field; a <c>ref</c> field's is what it refers to.</summary>
    private Place FieldPlace(Place container, IFieldSymbol field, IOperation at)
    {
        IFieldSymbol definition = (field.CorrespondingTupleField ?? field).OriginalDefinition;
        FieldLayout? part = container.Layout.Type.IsTupleType
            ? container.Layout.Fields.FirstOrDefault(f => f.Name == (field.CorrespondingTupleField?.Name ?? field.Name)) ?? TupleField(container.Layout, field)
            : container.Layout.Fields.FirstOrDefault(f => SymbolEqualityComparer.Default.Equals(f.Symbol, definition));
        if (part is null)
        {
            throw container.Layout.Kind == LayoutKind.Struct && container.Layout.Fields.All(static f => f.Symbol is not null)
                ? Silent(at)
                : Unsupported(at, $"The field '{field.Name}'");
        }
        Place place = container.Part(part);
        return part.IsReference ? new Place(Load(place), 0, LayoutOf(field.Type, at)) : place;
    }

    /// <summary>The element of a tuple: by its position, whatever it is named.</summary>
    private static FieldLayout? TupleField(TypeLayout tuple, IFieldSymbol field)
    {
        string name = (field.CorrespondingTupleField ?? field).Name;
        return name.StartsWith("Item", StringComparison.Ordinal) && int.TryParse(name.Substring(4), out int number) && number >= 1 && number <= tuple.Fields.Length
            ? tuple.Fields[number - 1]
            : null;
    }

    /// <summary>The place of a property that returns a reference or has no body; null for the others.</summary>
    private Place? PropertyPlace(IPropertyReferenceOperation operation)
    {
        IPropertySymbol property = operation.Property;
        if (ModuleLowering.IsKernelMember(property)) return null;
        if (property.ReturnsByRef || property.ReturnsByRefReadonly)
        {
            return new Place(LowerPropertyGet(operation, null) ?? throw Silent(operation), 0, LayoutOf(operation));
        }
        if (operation.Instance is { Type.IsValueType: true } instance && IsSource(property) && IsAuto(property.OriginalDefinition)
            && BackingField(property.OriginalDefinition) is { } field)
        {
            return FieldPlace(LowerPlace(instance), field, operation);
        }
        return null;
    }

    private static bool IsSource(ISymbol symbol) => !symbol.OriginalDefinition.DeclaringSyntaxReferences.IsEmpty;

    private Place ConditionalPlace(IConditionalOperation conditional, IOperation otherwise)
    {
        Place pointer = NewTemporary(Layouts.Pointer);
        Block whenTrue = _b.NewBlock(), whenFalse = _b.NewBlock(), end = _b.NewBlock();
        LowerCondition(conditional.Condition, whenTrue, whenFalse);
        _b.Continue(whenTrue);
        Store(pointer, AddressOf(LowerPlace(conditional.WhenTrue)));
        _b.Jump(end);
        _b.Continue(whenFalse);
        Store(pointer, AddressOf(LowerPlace(otherwise)));
        _b.Jump(end);
        _b.Continue(end);
        return new Place(Load(pointer), 0, LayoutOf(conditional));
    }

    private Place AssignReference(ISimpleAssignmentOperation assignment)
    {
        Value pointer;
        switch (assignment.Target)
        {
            case ILocalReferenceOperation local when Variable(local.Local, local) is { IsReference: true } variable:
                pointer = AddressOf(LowerPlace(assignment.Value));
                _b.Store(Access.U64, Address(variable.Slot), pointer);
                break;
            case IParameterReferenceOperation parameter when Variable(parameter.Parameter.OriginalDefinition, parameter) is { IsReference: true } variable:
                pointer = AddressOf(LowerPlace(assignment.Value));
                _b.Store(Access.U64, Address(variable.Slot), pointer);
                break;
            case IFieldReferenceOperation { Instance: { } instance } field:
                pointer = AssignReference(LowerPlace(instance), field.Field, assignment.Value, field);
                break;
            default:
                throw Silent(assignment);
        }
        return new Place(pointer, 0, LayoutOf(assignment));
    }

    /// <summary>Lets a <c>ref</c> field refer to a place; the place's address.</summary>
    private Value AssignReference(Place container, IFieldSymbol field, IOperation value, IOperation at)
    {
        FieldLayout part = Expect(container.Layout.Fields.FirstOrDefault(f => SymbolEqualityComparer.Default.Equals(f.Symbol, field.OriginalDefinition)), at);
        Value pointer = AddressOf(LowerPlace(value));
        Store(container.Part(part), pointer);
        return pointer;
    }

    /// <summary>Whether C# makes a defensive copy of the place before it calls a method that may change it.</summary>
    private bool IsReadOnly(IOperation operation) => operation switch
    {
        IFieldReferenceOperation field => field.Field.IsReadOnly && !IsInitializing(field) && (field.Field.IsStatic || field.Instance is not null)
            || field.Instance is { Type.IsValueType: true } instance && IsReadOnly(instance),
        IParameterReferenceOperation { Parameter.RefKind: RefKind.In or RefKind.RefReadOnlyParameter } => true,
        ILocalReferenceOperation { Local: var local } => local.RefKind == RefKind.RefReadOnly || local.IsForEach || local.IsUsing,
        IPropertyReferenceOperation property => property.Property.ReturnsByRefReadonly,
        IInvocationOperation call => call.TargetMethod.ReturnsByRefReadonly,
        IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance } => _frame.Method.IsReadOnly,
        IInlineArrayAccessOperation access => IsReadOnly(access.Instance),
        _ => false,
    };

    private bool IsInitializing(IFieldReferenceOperation field) =>
        _frame.Method.MethodKind == MethodKind.Constructor && field.Instance is IInstanceReferenceOperation;
}
