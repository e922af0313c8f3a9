using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Cursors that are fields of larger variables (a parser as a <c>ref struct</c>) become variables of their own, while variables are in memory: <see cref="LoopCursors"/> knows them then.
/// </summary>
internal static class CursorSlots
{
    internal static void Run(Function function)
    {
        SlotUses uses = new(function, ControlFlow.ReversePostorder(function));
        List<Access> accesses = [.. Accesses(function, uses)];
        HashSet<(int Slot, int Start)> cursors = Find(function, uses, accesses);
        cursors.RemoveWhere(c => function.Slots[c.Slot].Size <= LoopCursors.CursorSize || uses.Escapes[c.Slot] != SlotEscape.None);
        HashSet<int> spoiled = [.. cursors.Where(c => c.Start + LoopCursors.CursorSize > function.Slots[c.Slot].Size).Select(static c => c.Slot)];
        foreach (Access access in accesses)
        {
            // What reaches over a border is cut if it is a copy or a zeroing.
            if (access.Value.Op is not (Op.Copy or Op.Zero) && Borders(cursors, access.Slot).Any(b => access.Start < b && b < access.End)) spoiled.Add(access.Slot);
        }
        cursors.RemoveWhere(c => spoiled.Contains(c.Slot));
        if (cursors.Count == 0) return;
        Dictionary<int, List<(int Start, int Part)>> parts = cursors.Select(static c => c.Slot).Distinct().ToDictionary(static s => s, s => Parts(function, s, Borders(cursors, s)));
        foreach (IGrouping<Value, Access> of in accesses.Where(a => parts.ContainsKey(a.Slot)).GroupBy(static a => a.Value)) Rewrite(function, of.Key, [.. of], parts);
    }

    /// <summary>What an operation does with an address of a slot: its argument, and the bytes of the slot.</summary>
    private sealed record Access(Value Value, int Argument, int Slot, int Start, int End);

    private static IEnumerable<Access> Accesses(Function function, SlotUses uses)
    {
        foreach (Value value in function.Blocks.SelectMany(static b => b.Values).Where(static v => v.Op is Op.Load or Op.Store or Op.Copy or Op.Zero))
        {
            for (int i = 0; i < (value.Op == Op.Copy ? 2 : 1); i++)
            {
                if (!uses.TryAddress(value.Arguments[i], out int slot, out int offset)) continue;
                int start = offset + SlotUses.AccessOffset(value);
                yield return new Access(value, i, slot, start, start + SlotUses.AccessSize(value));
            }
        }
    }

    /// <summary>Where the packet's end is stored, and what is copied from there, or to there.</summary>
    private static HashSet<(int Slot, int Start)> Find(Function function, SlotUses uses, List<Access> accesses)
    {
        HashSet<(int Slot, int Start)> found = [.. accesses.Where(static a => a.Value.Op == Op.Store && a.Value.Arguments[1].Type.Region == Region.PacketEnd && a.Start >= 8).Select(static a => (a.Slot, a.Start - 8))];
        List<(Access To, Access From)> copies = [.. accesses.Where(static a => a.Value.Op == Op.Copy).GroupBy(static a => a.Value).Where(static g => g.Count() == 2).Select(static g => (g.First(), g.Last()))];
        // Of a cursor that is copied field by field, the end.
        Dictionary<Value, Access> loads = accesses.Where(static a => a.Value.Op == Op.Load && a.Value.Type.IsPointer).ToDictionary(static a => a.Value);
        foreach (Access store in accesses.Where(static a => a.Value.Op == Op.Store && a.Start >= 8))
        {
            if (loads.TryGetValue(store.Value.Arguments[1], out Access? load) && load.Start >= 8) copies.Add((store with { Start = store.Start - 8 }, load with { Start = load.Start - 8 }));
        }
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach ((Access to, Access from) in copies)
            {
                foreach ((int slot, int start) in found.ToList())
                {
                    if (slot == from.Slot && Holds(from, start)) changed |= found.Add((to.Slot, start - from.Start + to.Start));
                    if (slot == to.Slot && Holds(to, start)) changed |= found.Add((from.Slot, start - to.Start + from.Start));
                }
            }
        }
        return found;

        static bool Holds(Access access, int start) => access.Start <= start && start + LoopCursors.CursorSize <= access.End;
    }

    private static IEnumerable<int> Borders(HashSet<(int Slot, int Start)> cursors, int slot) =>
        cursors.Where(c => c.Slot == slot).SelectMany(static c => new[] { c.Start, c.Start + LoopCursors.CursorSize }).Distinct().OrderBy(static b => b);

    private static List<(int Start, int Part)> Parts(Function function, int slot, IEnumerable<int> borders)
    {
        Slot whole = function.Slots[slot];
        int[] starts = [.. borders.Where(b => 0 < b && b < whole.Size).Prepend(0)];
        return [.. starts.Select((start, i) => (start, function.AddSlot((i + 1 < starts.Length ? starts[i + 1] : whole.Size) - start, whole.Alignment, whole.Name).Index))];
    }

    /// <summary>Puts the parts in the place of the whole; what reaches over several is done for each.</summary>
    private static void Rewrite(Function function, Value value, List<Access> accesses, Dictionary<int, List<(int Start, int Part)>> parts)
    {
        Block block = value.Block!;
        Writer write = new(function, block, block.Values.IndexOf(value), value.DebugId);
        if (value.Op is Op.Load or Op.Store)
        {
            (int part, int offset) = Locate(parts, accesses[0].Slot, accesses[0].Start);
            value.Arguments[0] = write.Slot(part);
            value.Immediate = offset;
            return;
        }
        int size = (int)value.Immediate;
        int[] cuts = [.. accesses.SelectMany(a => parts[a.Slot].Select(p => p.Start - a.Start)).Where(c => 0 < c && c < size).Append(0).Distinct().OrderBy(static c => c)];
        for (int i = 0; i < cuts.Length; i++)
        {
            Value piece = write.New(value.Op, IrType.Void);
            for (int argument = 0; argument < value.Arguments.Count; argument++)
            {
                Access? access = accesses.Find(a => a.Argument == argument);
                (Value start, int offset) = (value.Arguments[argument], cuts[i]);
                if (access is not null)
                {
                    (int part, offset) = Locate(parts, access.Slot, access.Start + cuts[i]);
                    start = write.Slot(part);
                }
                if (offset != 0)
                {
                    start = write.Add(Op.PtrAdd, start.Type, start);
                    start.Immediate = offset;
                }
                piece.Arguments.Add(start);
            }
            piece.Immediate = (i + 1 < cuts.Length ? cuts[i + 1] : size) - cuts[i];
            piece.Alignment = value.Alignment == 0 ? 0 : MemoryAlignment.Aligned(value.Alignment, cuts[i]);
            block.Insert(block.Values.IndexOf(value), piece);
            write = new(function, block, block.Values.IndexOf(value), value.DebugId);
        }
        block.Values.Remove(value);
        value.Block = null;
    }

    private static (int Part, int Offset) Locate(Dictionary<int, List<(int Start, int Part)>> parts, int slot, int at)
    {
        (int start, int part) = parts[slot].FindLast(p => p.Start <= at);
        return (part, at - start);
    }
}
