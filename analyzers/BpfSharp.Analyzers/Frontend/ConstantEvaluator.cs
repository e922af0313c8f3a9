using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Evaluates the initial values of globals: constants, <c>default</c>, tuples, and structs made of these by object initialisers.</summary>
internal static class ConstantEvaluator
{
    /// <summary>Writes the value of an operation, little-endian; false if it is not constant.</summary>
    public static bool TryWrite(IOperation operation, TypeLayout layout, TypeLayouts layouts, byte[] content, int offset)
    {
        if (operation.ConstantValue.HasValue && layout.Kind == LayoutKind.Integer)
        {
            if (!SymbolExtensions.TryGetBits(operation.ConstantValue.Value, out long bits)) return false;
            for (int i = 0; i < layout.Size; i++) content[offset + i] = (byte)(bits >> (8 * i));
            return true;
        }
        switch (operation)
        {
            case IDefaultValueOperation:
                return true;
            case IConversionOperation { OperatorMethod: null } conversion when Same(conversion, layouts):
                return TryWrite(conversion.Operand, layout, layouts, content, offset);
            case ITupleOperation tuple when tuple.Elements.Length == layout.Fields.Length:
                return tuple.Elements.Zip(layout.Fields, (e, f) => TryWrite(e, f.Layout, layouts, content, offset + f.Offset)).All(static ok => ok);
            case IObjectCreationOperation { Constructor: { IsImplicitlyDeclared: true, Parameters.Length: 0 } } creation:
                return creation.Initializer is null || creation.Initializer.Initializers.All(i => TryWriteMember(i, layout, layouts, content, offset));
            default:
                return false;
        }
    }

    /// <summary>Whether the C# compiler has an error for the operation.</summary>
    public static bool IsErroneous(IOperation operation) =>
        operation.DescendantsAndSelf().Any(static o => o is IInvalidOperation || o.Type is { TypeKind: TypeKind.Error });

    private static bool TryWriteMember(IOperation initializer, TypeLayout layout, TypeLayouts layouts, byte[] content, int offset)
    {
        if (initializer is not ISimpleAssignmentOperation { Target: IFieldReferenceOperation target } assignment) return false;
        FieldLayout? field = layout.Fields.FirstOrDefault(f => SymbolEqualityComparer.Default.Equals(f.Symbol, target.Field.OriginalDefinition));
        return field is not null && TryWrite(assignment.Value, field.Layout, layouts, content, offset + field.Offset);
    }

    private static bool Same(IConversionOperation conversion, TypeLayouts layouts) =>
        conversion.Type is { } to && conversion.Operand.Type is { } from
        && (SymbolEqualityComparer.Default.Equals(to, from) || conversion.Conversion.IsIdentity || from.IsTupleType && to.IsTupleType)
        && layouts.Get(to) is not null;
}
