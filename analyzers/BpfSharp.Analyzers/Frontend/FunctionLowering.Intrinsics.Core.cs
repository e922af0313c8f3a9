using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Questions about the running kernel: constants that the loader fills in.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary>A constant about a member of a struct or of an enum. The operand is not evaluated.</summary>
    private Value AskMember(IntrinsicCall call, CoreRelocationKind kind)
    {
        IOperation operand = call.Operands[0];
        while (operand is IConversionOperation { OperatorMethod: null } conversion) operand = conversion.Operand;
        Value answer = _b.Const32(0);
        if (operand is IFieldReferenceOperation { Field: { HasConstantValue: true } field } && kind == CoreRelocationKind.FieldExists && EnumValue(field) is ({ } type, { } value))
        {
            return _module.Kernel.Relocate(answer, CoreRelocationKind.EnumValueExists, type, value);
        }
        KernelPath path = Unevaluated(operand) ?? throw Fail(Ids.KernelQuestion, operand, Excerpt(operand));
        return _module.Kernel.Relocate(answer, kind, path);
    }

    /// <summary>A constant about a type.</summary>
    private Value AskType(IntrinsicCall call, CoreRelocationKind kind)
    {
        ITypeSymbol type = call.Method.TypeArguments[0];
        LocalType kernel = _module.KernelType(type) ?? throw Fail(Ids.KernelQuestion, call.Operation, type.ToDisplayString());
        if (kind == CoreRelocationKind.TypeMatches) AddAllMembers(type, kernel);
        return _module.Kernel.Relocate(_b.Const32(0), kind, kernel);
    }

    /// <summary>The value of a member of an enum.</summary>
    private Value AskEnumValue(IntrinsicCall call)
    {
        IOperation operand = call.Operands[0];
        if (operand is not IFieldReferenceOperation { Field: { HasConstantValue: true } field } || EnumValue(field) is not ({ } type, { } value))
        {
            throw Fail(Ids.KernelQuestion, operand, Excerpt(operand));
        }
        return _module.Kernel.Relocate(_b.Constant(LayoutOf(operand).IrType, 0), CoreRelocationKind.EnumValue, type, value);
    }

    private (LocalType Type, LocalValue Value)? EnumValue(IFieldSymbol field) =>
        field.ContainingType is { TypeKind: TypeKind.Enum } type && _module.KernelType(type) is { } kernel && SymbolExtensions.TryGetBits(field.ConstantValue, out long bits)
            ? (kernel, kernel.Value(field.Name, bits))
            : null;

    /// <summary>The path to a member from the struct that it is in or embedded in; what the struct is reached through does not matter.</summary>
    private KernelPath? Unevaluated(IOperation operation)
    {
        switch (operation)
        {
            case IParenthesizedOperation parenthesized: return Unevaluated(parenthesized.Operand);
            case IPropertyReferenceOperation { Instance: { } instance } property when ModuleLowering.IsKernelMember(property.Property):
                LocalMember member = _module.KernelMember(property.Property) ?? throw Fail(Ids.KernelMember, property, property.Property.Name, property.Property.Type.ToDisplayString());
                KernelPath path = (IsInside(instance) ? Unevaluated(instance) : null) ?? new KernelPath(_module.KernelType(property.Property.ContainingType)!, []);
                return path.With(member);
            case IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } array } element when array.Type.Is(KnownNames.KernelArray) && element.Arguments[0].Value.ConstantValue.Value is int index:
                return Unevaluated(array)?.With(index);
            default: return null;
        }
    }

    private void AddAllMembers(ITypeSymbol type, LocalType kernel)
    {
        if (kernel.IsEnum)
        {
            foreach (IFieldSymbol field in type.GetMembers().OfType<IFieldSymbol>().Where(static f => f.HasConstantValue)) EnumValue(field);
            return;
        }
        foreach (IPropertySymbol property in type.GetMembers().OfType<IPropertySymbol>().Where(ModuleLowering.IsKernelMember)) _module.KernelMember(property);
    }
}
