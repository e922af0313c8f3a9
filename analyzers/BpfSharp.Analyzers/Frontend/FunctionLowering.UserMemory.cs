using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>
/// Kernel structs in the memory of the process (<c>__user</c>). A handle is an address of the kernel's and says nothing of where it is, so those structs have no handles: their members
/// are named at once, from the <c>UserPointer&lt;T&gt;</c> on.
/// </summary>
internal sealed partial class FunctionLowering
{
    /// <summary>Whether it is a struct behind a <c>UserPointer&lt;T&gt;</c>: <c>pointer.Value</c> or <c>pointer[i]</c>.</summary>
    private bool IsUserStruct(IPropertyReferenceOperation property) =>
        property.Instance is { } pointer && pointer.Type.Is(KnownNames.UserPointerOf) && (property.Property.IsIndexer || property.Property.Name == "Value")
        && _module.KernelType(TypeOf(property)) is { IsEnum: false };

    private KernelPlace UserStruct(IPropertyReferenceOperation property, IOperation pointer)
    {
        Value address = LowerValue(pointer);
        // A number: the verifier may know the pointer as one of the kernel's that may be null, from which no step is allowed.
        address = property.Property.IsIndexer
            ? ElementAddress(address, LowerValue(property.Arguments[0].Value), TypeOf(property), property)
            : _b.Add(Op.PointerTo, IrType.Pointer(), _b.Add(Op.AddressOf, IrType.I64, address));
        return new KernelPlace(address, null, IsUser: true);
    }

    /// <summary>Whether an expression is a place in such a struct.</summary>
    private bool IsUserPlace(IOperation operation) => operation switch
    {
        IParenthesizedOperation parenthesized => IsUserPlace(parenthesized.Operand),
        IPropertyReferenceOperation { Instance: { } instance } property when ModuleLowering.IsKernelMember(property.Property) => IsInside(instance) && IsUserPlace(instance),
        IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } array } when array.Type.Is(KnownNames.KernelArray) => IsUserPlace(array),
        IPropertyReferenceOperation property => IsUserStruct(property),
        _ => false,
    };

    /// <summary>The place of an array in such a struct; null for anything else.</summary>
    private KernelPlace? UserArray(IOperation operation) => operation.Type.Is(KnownNames.KernelArray) && IsUserPlace(operation) ? KernelPlaceOf(operation) : null;

    private Value UserElement(IntrinsicCall call, KernelPlace array, ITypeSymbol type)
    {
        Value index = LowerValue(call.Operands[0]);
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        CheckElement(index, _b.Const32(((LocalMemberType.Array)array.Path!.End!).Length));
        return AtPlace(new KernelPlace(ElementAddress(KernelAddress(array), index, type, call.Operation), null, IsUser: true), type, call.Operation);
    }

    private Value UserRead(KernelPlace place, TypeLayout layout)
    {
        Place copy = NewTemporary(layout);
        _b.CallHelper(Helpers.ProbeReadUser, IrType.I64, AddressOf(copy), _b.Const64(layout.Size), KernelAddress(place));
        return Load(copy);
    }

    /// <summary>An address that is asked for, whatever memory it is in: of what a member points to, or of a struct inside.</summary>
    private Value UserAddress(IPropertyReferenceOperation member)
    {
        KernelPlace place = KernelPlaceOf(member);
        return place.Path?.End is null or LocalMemberType.Embedded ? KernelAddress(place) : UserRead(place, LayoutOf(member));
    }

    /// <summary>A value of which nothing says any more that it is in the memory of the process.</summary>
    private void CheckUserValue(IPropertyReferenceOperation member)
    {
        ITypeSymbol type = TypeOf(member);
        bool isHandle = _module.KernelType(type) is { IsEnum: false };
        if (isHandle || type.Is(KnownNames.KernelArray) || type.Is(KnownNames.KernelPointer) || type.Is(KnownNames.KernelPointerOf)) throw InUserMemory(member);
    }

    private LoweringException InUserMemory(IOperation operation) => Fail(Ids.UserMemory, operation, Excerpt(operation), TypeOf(operation).ToMinimalDisplayString(operation.SemanticModel!, operation.Syntax.SpanStart));

    /// <summary>The same address as another kind of pointer.</summary>
    private Value HandleAs(IntrinsicCall call)
    {
        ITypeSymbol type = TypeOf(call.Operation);
        if (call.Instance!.Type.Is(KnownNames.UserPointer) && (_module.KernelType(type) is { IsEnum: false } || type.Is(KnownNames.KernelPointerOf))) throw InUserMemory(call.Operation);
        return _b.Add(Op.PointerTo, IrType.Pointer(), _b.Add(Op.AddressOf, IrType.I64, HandleAddress(call)));
    }
}
