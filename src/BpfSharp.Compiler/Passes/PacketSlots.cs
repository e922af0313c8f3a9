using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Finds the variables that only ever hold packet pointers, and gives what is loaded from them that region. Where variables become values the values' regions say so;
/// in the frame of an outlined loop they stay in memory.
/// </summary>
internal static class PacketSlots
{
    internal static void Infer(Function function)
    {
        SlotUses uses = new(function, ControlFlow.ReversePostorder(function));
        HashSet<(int Slot, int Offset)> packets = [];
        Value[] writes = [.. function.Blocks.SelectMany(static b => b.Values).Where(static v => v.Op is Op.Store or Op.Copy)];
        // Optimistic: whatever a pointer is stored to, until something else is seen to be stored there.
        foreach (Value write in writes.Where(static w => w.Op == Op.Store && w.Arguments[1].Type.IsPointer))
        {
            if (uses.TryAddress(write.Arguments[0], out int slot, out int offset) && uses.Escapes[slot] == SlotEscape.None) packets.Add((slot, offset + (int)write.Immediate));
        }
        foreach (Value copy in writes.Where(static w => w.Op == Op.Copy))
        {
            if (!uses.TryAddress(copy.Arguments[0], out int slot, out int offset) || uses.Escapes[slot] != SlotEscape.None) continue;
            for (int at = 0; at + 8 <= copy.Immediate; at += 8) packets.Add((slot, offset + at));
        }
        while (writes.Aggregate(false, (changed, write) => changed | Spoil(write, uses, packets))) { }
        foreach (Value load in function.Blocks.SelectMany(static b => b.Values).Where(static v => v is { Op: Op.Load, Access: Access.U64, Type.IsPointer: true }))
        {
            if (uses.TryAddress(load.Arguments[0], out int slot, out int offset) && packets.Contains((slot, offset + (int)load.Immediate))) load.Type = IrType.Pointer(Region.Packet);
        }
        PointerRegions.Infer(function);
    }

    /// <summary>Whether a reference to a place of a packet that varies is stored anywhere.</summary>
    internal static bool KeepPlaces(Function function) =>
        function.Blocks.Exists(static b => b.Values.Exists(static v => v.Op == Op.Store && v.Arguments[1].Type.Region == Region.Packet && PacketChecks.Varies(v.Arguments[1])));

    /// <summary>Takes out the places that a write puts something else to.</summary>
    private static bool Spoil(Value write, SlotUses uses, HashSet<(int Slot, int Offset)> packets)
    {
        if (!uses.TryAddress(write.Arguments[0], out int slot, out int offset)) return false;
        int start = offset + SlotUses.AccessOffset(write), end = start + SlotUses.AccessSize(write);
        return packets.RemoveWhere(place => place.Slot == slot && place.Offset < end && start < place.Offset + 8 && !KeepsPacket(write, place.Offset, start, uses, packets)) > 0;
    }

    private static bool KeepsPacket(Value write, int at, int start, SlotUses uses, HashSet<(int Slot, int Offset)> packets)
    {
        if (write.Op == Op.Store) return at == start && write.Access == Access.U64 && IsPacket(write.Arguments[1], uses, packets);
        return uses.TryAddress(write.Arguments[1], out int source, out int offset) && packets.Contains((source, offset + at - start));
    }

    private static bool IsPacket(Value value, SlotUses uses, HashSet<(int Slot, int Offset)> packets)
    {
        while (value.Op == Op.PtrAdd) value = value.Arguments[0];
        if (value.Type.Region == Region.Packet || value is { Op: Op.Const, Type.IsPointer: true }) return true;
        return value is { Op: Op.Load, Access: Access.U64, Type.IsPointer: true } && uses.TryAddress(value.Arguments[0], out int slot, out int offset)
            && packets.Contains((slot, offset + (int)value.Immediate));
    }
}
