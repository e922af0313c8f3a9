using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Cursors that a loop moves on, where its body becomes a callback. The verifier adds up how far a packet pointer in the frame is moved, from round to round, and never comes to an
/// end of it. So what the frame has of a cursor is a number, the bytes from the packet's start, and the cursor is made of it again: in each round, and behind the loop. The number
/// goes as far as a cursor is moved at once; each move compares it with that, besides the packet's end.
/// </summary>
internal static class LoopCursors
{
    /// <summary>The bytes of a cursor: where it is, and the packet's end.</summary>
    internal const int CursorSize = 16;

    /// <summary>Runs it. The packet pointers of the function are known as such (see <see cref="PacketSlots"/>).</summary>
    /// <returns>The slot that has the packet's start in the body; -1 if the body moves no cursor that lives on.</returns>
    internal static int Run(Module module, Function function, NumberLoop loop)
    {
        Value? context = Values(function.Blocks).FirstOrDefault(static v => v is { Op: Op.Parameter, Type.Region: Region.Context });
        SlotUses uses = new(function, ControlFlow.ReversePostorder(function));
        Value? start = Values(function.Blocks).FirstOrDefault(v => v is { Op: Op.Load, Type.Region: Region.Packet } && !uses.TryAddress(v.Arguments[0], out _, out _));
        if (context is null || start is null) return -1;
        SlotLiveness liveness = new(function);
        Block entry = loop.Head.Successors[0];
        HashSet<int> known = Known(function, loop, uses);
        int[] cursors = [.. known.Where(s => liveness.At(entry).Contains(s) && IsChanged(function, loop, uses, s)).OrderBy(static s => s)];
        // The way out of a cursor that is far before the loop gives nothing back.
        if (cursors.Length == 0 || HeldResources.MayBeReached(module, function) || IsInIterator(function, loop)) return -1;
        List<(int From, int To)> copies = [.. Copies(loop, uses).Where(p => known.Contains(p.To))];
        HashSet<int> limited = [.. cursors];
        while (copies.Exists(p => limited.Contains(p.To) && limited.Add(p.From))) { }
        int first = function.AddSlot(8, 8).Index;
        List<Block> targets = [.. loop.Body.OrderBy(static b => b.Id).SelectMany(static b => b.Successors).Append(loop.Head.Successors[1]).Where(b => !loop.Body.Contains(b) && b != loop.Head).Distinct()];
        Block[] outer = [.. loop.Head.Predecessors.Where(p => !loop.Body.Contains(p))];
        Cursor[] parts = [.. cursors.Select(c => new Cursor(c, function.AddSlot(8, 8).Index, function.AddSlot(8, 8).Index, function.AddSlot(CursorSize, 8).Index, copies.Exists(p => p.To == c)))];
        foreach (int cursor in limited) Limit(function, loop, uses, cursor, first);
        foreach (Value address in Values(loop.Body).Where(static v => v.Op == Op.SlotAddress).ToList())
        {
            if (Array.Find(parts, c => c.Slot == address.Immediate) is { } cursor) address.Immediate = cursor.Inside;
        }
        WriteBefore(function, loop, outer, context, start, first, parts);
        WriteEntry(function, loop, entry, first, parts);
        WriteBack(function, loop, loop.Head, first, parts);
        foreach (Block target in targets)
        {
            Cursor[] live = [.. parts.Where(c => liveness.At(target).Contains(c.Slot))];
            if (live.Length > 0) WriteOut(function, loop, target, first, live);
        }
        return first;
    }

    /// <summary>The slots of a cursor: its own; how far it is from the start, and its end; the body's; and whether the body copies another one to it, and its end with it.</summary>
    private sealed record Cursor(int Slot, int Number, int End, int Inside, bool IsCopied);

    private static IEnumerable<Value> Values(IEnumerable<Block> blocks) => blocks.SelectMany(static b => b.Values);

    private static bool IsInIterator(Function function, NumberLoop loop) =>
        Values(function.Blocks).Where(v => v is { Op: Op.CallKernel, Symbol: KernelFunctions.NewNumbers, Name: nameof(LoopForm.Iterator) }).ToList()
            .Exists(v => NumberLoop.Find(function, v).Body.Contains(loop.Head));

    /// <summary>The slots that are cursors: all that the body does with them is to move them on where they were compared with the packet's end, and to copy them to one another.</summary>
    private static HashSet<int> Known(Function function, NumberLoop loop, SlotUses uses)
    {
        HashSet<int> known = [.. function.Slots.Where(s => s.Size == CursorSize && uses.Escapes[s.Index] == SlotEscape.None).Select(static s => s.Index)];
        DominatorTree? dominators = null;
        while (Accesses(function, uses).Where(a => known.Contains(a.Slot) && !IsKnown(a.Value, a.Argument, a.Slot, a.Offset)).Select(static a => a.Slot).ToList() is { Count: > 0 } others) known.ExceptWith(others);
        return known;

        bool IsKnown(Value value, int argument, int slot, int offset)
        {
            bool isInside = loop.Body.Contains(value.Block!);
            if (value.Op == Op.Copy) return argument == 1 || !isInside || (value.Immediate == CursorSize && uses.TryAddress(value.Arguments[1], out int from, out int at) && at == 0 && known.Contains(from));
            if (value.Op == Op.Zero) return !isInside && IsOverwritten(value, slot);
            if (value is not { Op: Op.Load or Op.Store, Access: Access.U64 }) return false;
            if (value.Op == Op.Load) return value.Type.IsPointer;
            // A cursor that is copied field by field.
            if (isInside && value.Arguments[1] is { Op: Op.Load } field && uses.TryAddress(field.Arguments[0], out int other, out int place))
                return known.Contains(other) && place + field.Immediate == offset + value.Immediate;
            if (offset + value.Immediate != 0) return !isInside && value.Arguments[1] is not { Op: Op.Const } and { Type.Region: Region.PacketEnd or Region.Unknown };
            return value.Arguments[1].Type.Region == Region.Packet && (!isInside || IsLimited(value.Arguments[1]) || IsCompared(function, value, uses, slot));
        }

        // A way to the loop always leads over a store that comes behind the zeroing.
        bool IsOverwritten(Value zero, int slot)
        {
            dominators ??= new DominatorTree(function);
            return Accesses(function, uses).Any(a => a.Slot == slot && a.Argument == 0 && a.Value.Op is Op.Store or Op.Copy && a.Offset + SlotUses.AccessOffset(a.Value) == 0
                && dominators.Dominates(a.Value.Block!, loop.Head)
                && (a.Value.Block == zero.Block ? zero.Block!.Values.IndexOf(zero) < zero.Block.Values.IndexOf(a.Value) : dominators.Dominates(zero.Block!, a.Value.Block!)));
        }
    }

    private static IEnumerable<(int From, int To)> Copies(NumberLoop loop, SlotUses uses)
    {
        foreach (Value copy in Values(loop.Body).Where(static v => v.Op is Op.Copy or Op.Store))
        {
            Value source = copy.Op == Op.Store && copy.Arguments[1].Op == Op.Load ? copy.Arguments[1].Arguments[0] : copy.Arguments[1];
            if (uses.TryAddress(copy.Arguments[0], out int to, out _) && uses.TryAddress(source, out int from, out _)) yield return (from, to);
        }
    }

    private static IEnumerable<(Value Value, int Argument, int Slot, int Offset)> Accesses(Function function, SlotUses uses)
    {
        foreach (Value value in Values(function.Blocks).Where(static v => v.Op != Op.PtrAdd))
        {
            for (int i = 0; i < value.Arguments.Count; i++)
            {
                if (uses.TryAddress(value.Arguments[i], out int slot, out int offset)) yield return (value, i, slot, offset);
            }
        }
    }

    /// <summary>Whether the body changes a cursor that the code around it knows as well.</summary>
    private static bool IsChanged(Function function, NumberLoop loop, SlotUses uses, int cursor)
    {
        List<(Value Value, int Argument, int Slot, int Offset)> accesses = [.. Accesses(function, uses).Where(a => a.Slot == cursor)];
        return accesses.Exists(a => !loop.Body.Contains(a.Value.Block!)) && accesses.Exists(a => a.Argument == 0 && a.Value.Op is Op.Store or Op.Copy && loop.Body.Contains(a.Value.Block!));
    }

    /// <summary>Whether a cursor was made of a number (<see cref="Make"/>), behind a loop in this one.</summary>
    private static bool IsLimited(Value moved) => moved is { Op: Op.PtrAdd, Arguments.Count: 2 } && moved.Arguments[1] is { Op: Op.And } near && near.Arguments[1] is { Op: Op.Const, Immediate: FarPackets.MostMoved };

    /// <summary>Whether what is stored was compared with the cursor's end right where it was computed, and is stored behind the comparison.</summary>
    private static bool IsCompared(Function function, Value store, SlotUses uses, int cursor)
    {
        if (store.Arguments[1] is not { Op: Op.PtrAdd, Block: { Terminator: { Op: Op.Branch } branch } block } moved) return false;
        if (branch.Arguments[0] is not { Op: Op.ULe } fits || fits.Block != block || fits.Arguments[0] != moved || fits.Arguments[1] is not { Op: Op.Load } end) return false;
        if (!uses.TryAddress(end.Arguments[0], out int slot, out int offset) || slot != cursor || offset + end.Immediate != 8) return false;
        Block inside = block.Successors[0];
        return inside.Predecessors.Count == 1 && (inside == store.Block || new DominatorTree(function).Dominates(inside, store.Block!));
    }

    /// <summary>Each move fails where it goes too far.</summary>
    private static void Limit(Function function, NumberLoop loop, SlotUses uses, int cursor, int first)
    {
        List<Value> stores = [.. Values(loop.Body).Where(v => v.Op == Op.Store && uses.TryAddress(v.Arguments[0], out int slot, out _) && slot == cursor)];
        foreach (Value moved in stores.Select(static s => s.Arguments[1]).Where(static m => m.Op != Op.Load && !IsLimited(m)).Distinct())
        {
            Block from = moved.Block!, inside = from.Successors[0], outside = from.Successors[1], middle = BlockSplitting.InsertAfter(from);
            loop.Body.Add(middle);
            Writer write = new(function, middle, 0, moved.DebugId);
            Value isNear = IsNear(write, write.Add(Op.PtrDiff, IrType.I64, moved, Start(write, first)));
            middle.Terminate(write.New(Op.Branch, IrType.Void, isNear), inside, outside);
            inside.RemovePredecessor(from);
            from.Successors[0] = middle;
            middle.Predecessors.Add(from);
        }
    }

    private static Value Start(Writer write, int first) => write.Load(IrType.Pointer(Region.Packet), Access.U64, write.Slot(first));

    private static Value IsNear(Writer write, Value number) => write.Add(Op.ULe, IrType.I32, number, write.Const64(FarPackets.MostMoved));

    private static void WriteBefore(Function function, NumberLoop loop, Block[] outer, Value context, Value start, int first, Cursor[] cursors)
    {
        Block block = function.AddBlock();
        foreach (Block from in outer) from.RedirectSuccessor(loop.Head, block);
        int debugId = loop.Start.DebugId;
        Writer write = new(function, block, 0, debugId);
        // The verifier is not to know how far it is: it would follow the loop once for each place.
        Value begin = write.Add(Op.Opaque, start.Type, write.Load(start.Type, start.Access, context, start.Immediate));
        write.Store(Access.U64, write.Slot(first), begin);
        foreach (Cursor cursor in cursors)
        {
            Value number = write.Add(Op.PtrDiff, IrType.I64, write.Load(IrType.Pointer(Region.Packet), Access.U64, write.Slot(cursor.Slot)), begin);
            write.Store(Access.U64, write.Slot(cursor.Number), number);
            write.Store(Access.U64, write.Slot(cursor.End), write.Load(IrType.Pointer(Region.PacketEnd), Access.U64, write.Slot(cursor.Slot), 8));
            Block far = function.AddBlock(), near = function.AddBlock();
            block.Terminate(write.New(Op.Branch, IrType.Void, IsNear(write, number)), near, far);
            far.Terminate(write.New(Op.Fault, IrType.Void));
            block = near;
            write = new(function, block, 0, debugId);
        }
        block.Terminate(write.New(Op.Jump, IrType.Void), loop.Head);
    }

    private static void WriteEntry(Function function, NumberLoop loop, Block entry, int first, Cursor[] cursors)
    {
        Block block = function.AddBlock();
        loop.Body.Add(block);
        loop.Head.RedirectSuccessor(entry, block);
        Writer write = new(function, block, 0, loop.Start.DebugId);
        foreach (Cursor cursor in cursors)
        {
            Make(write, first, cursor.Number, cursor.Inside);
            write.Store(Access.U64, write.Slot(cursor.Inside), write.Load(IrType.Pointer(Region.PacketEnd), Access.U64, write.Slot(cursor.End)), 8);
        }
        block.Terminate(write.New(Op.Jump, IrType.Void), entry);
    }

    /// <summary>Makes a cursor of its number. It never has more bits than are left of it; the verifier sees it here.</summary>
    private static void Make(Writer write, int first, int number, int cursor)
    {
        Value near = write.Add(Op.And, IrType.I64, write.Load(IrType.I64, Access.U64, write.Slot(number)), write.Const64(FarPackets.MostMoved));
        write.Store(Access.U64, write.Slot(cursor), write.Add(Op.PtrAdd, IrType.Pointer(Region.Packet), Start(write, first), near));
    }

    /// <summary>Notes where the cursors are on the ways from the body to a block.</summary>
    private static void WriteBack(Function function, NumberLoop loop, Block target, int first, Cursor[] cursors)
    {
        Block[] from = [.. target.Predecessors.Where(loop.Body.Contains)];
        if (from.Length == 0) return;
        Block block = function.AddBlock();
        loop.Body.Add(block);
        foreach (Block way in from) way.RedirectSuccessor(target, block);
        Writer write = new(function, block, 0, loop.Start.DebugId);
        foreach (Cursor cursor in cursors)
        {
            Value place = write.Load(IrType.Pointer(Region.Packet), Access.U64, write.Slot(cursor.Inside));
            write.Store(Access.U64, write.Slot(cursor.Number), write.Add(Op.PtrDiff, IrType.I64, place, Start(write, first)));
            if (cursor.IsCopied) write.Store(Access.U64, write.Slot(cursor.End), write.Load(IrType.Pointer(Region.PacketEnd), Access.U64, write.Slot(cursor.Inside), 8));
        }
        block.Terminate(write.New(Op.Jump, IrType.Void), target);
    }

    /// <summary>Makes the cursors again where the loop is left.</summary>
    private static void WriteOut(Function function, NumberLoop loop, Block target, int first, Cursor[] cursors)
    {
        Block block = function.AddBlock();
        foreach (Block way in target.Predecessors.Where(p => p == loop.Head || loop.Body.Contains(p)).ToArray()) way.RedirectSuccessor(target, block);
        WriteBack(function, loop, block, first, cursors);
        Writer write = new(function, block, 0, loop.Start.DebugId);
        foreach (Cursor cursor in cursors)
        {
            Make(write, first, cursor.Number, cursor.Slot);
            if (cursor.IsCopied) write.Store(Access.U64, write.Slot(cursor.Slot), write.Load(IrType.Pointer(Region.PacketEnd), Access.U64, write.Slot(cursor.End)), 8);
        }
        block.Terminate(write.New(Op.Jump, IrType.Void), target);
    }
}
