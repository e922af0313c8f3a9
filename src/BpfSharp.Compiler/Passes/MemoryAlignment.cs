using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>How wide an access at an address may be: the verifier wants stack accesses aligned, others may be anywhere.</summary>
internal sealed class MemoryAlignment(Function function)
{
    private readonly SlotUses _uses = new(function, ControlFlow.ReversePostorder(function));

    /// <summary>The widest access, in bytes, that is aligned <paramref name="offset"/> bytes behind <paramref name="address"/>.</summary>
    /// <param name="address">The address.</param>
    /// <param name="offset">Bytes added to it.</param>
    /// <param name="access">
    /// The access. Where the address may be anywhere on the stack, it says what its type's alignment is; of a copy without that, the size
    /// tells more than nothing.
    /// </param>
    internal int Limit(Value address, long offset, Value access)
    {
        if (_uses.TryAddress(address, out int slot, out int start)) return Aligned(function.Slots[slot].Alignment, start + offset);
        if (address.Type.Region is not (Region.Stack or Region.Unknown)) return 8;
        if (access.Op is Op.Load or Op.Store) return access.Alignment == 0 ? 8 : access.Alignment;
        return Aligned(access.Alignment == 0 ? Aligned(4, access.Immediate) : access.Alignment, offset);
    }

    /// <summary>The width of the next access of a sequence.</summary>
    internal static int Width(int remaining, int limit)
    {
        int width = limit;
        while (width > remaining) width /= 2;
        return width;
    }

    /// <summary>The alignment some bytes behind an address of some alignment.</summary>
    internal static int Aligned(int alignment, long offset)
    {
        int width = Math.Min(alignment, 8);
        while (offset % width != 0) width /= 2;
        return width;
    }
}
