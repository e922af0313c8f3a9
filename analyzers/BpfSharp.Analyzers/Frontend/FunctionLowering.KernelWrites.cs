using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Assignments to members of kernel structs. Which of them the kernel allows is known when it is known where the pointer comes from.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary>The place in kernel memory that an assignment is to; null if it is none.</summary>
    private KernelPlace? KernelTarget(IPropertyReferenceOperation property)
    {
        bool isValue = property.Property.ContainingType.Is(KnownNames.KernelPointerOf);
        if (!ModuleLowering.IsKernelMember(property.Property) && !isValue) return null;
        TypeLayout layout = LayoutOf(property);
        if (layout.Kind != LayoutKind.Integer) throw NotWritable(property, "only integers, enums and bool can be");
        KernelPlace place = isValue ? new KernelPlace(LowerValue(property.Instance!), null) : KernelPlaceOf(property);
        if (place.IsUser) throw NotWritable(property, "it is in the memory of the process");
        if (place.Path?.Last is { BitWidth: > 0 }) throw NotWritable(property, "bit fields cannot be");
        return place;
    }

    /// <summary>Writes to kernel memory; null is a fault.</summary>
    private void KernelStore(KernelPlace place, TypeLayout layout, Value value)
    {
        FaultUnless(_b.Compare(Op.Ne, place.Base, _b.Null()));
        Value write = _b.Add(Op.KernelWrite, IrType.Void, place.Base, value);
        write.Access = AccessExtensions.OfSize(layout.Size);
        if (place.Path is { } path) _module.Kernel.Relocate(write, CoreRelocationKind.FieldByteOffset, path);
    }

    private LoweringException NotWritable(IPropertyReferenceOperation property, string reason) => Fail(Ids.KernelWrite, property, Excerpt(property), reason);
}
