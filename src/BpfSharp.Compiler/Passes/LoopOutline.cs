using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Makes the body of a loop a function that <c>bpf_loop</c> calls back. The variables that both the body and the code around it use move into one piece of
/// the stack, the frame, whose address the body gets. A way out of the loop is a number in the frame: the body stops the loop, and the code behind
/// it goes on where the number says.
/// </summary>
internal static class LoopOutline
{
    /// <summary>Runs it.</summary>
    /// <param name="module">The module, which gets the body.</param>
    /// <param name="function">The function that the loop is in.</param>
    /// <param name="loop">The loop.</param>
    /// <param name="isNeeded">Whether the loop can have no other form.</param>
    /// <returns>False if the loop should have another form, as the verifier would refuse this one.</returns>
    internal static bool Run(Module module, Function function, NumberLoop loop, bool isNeeded)
    {
        SlotReferences.Run(function);
        CursorSlots.Run(function);
        Demote(function, loop);
        (int[] offsets, int frameSize) = PlaceFrame(function, loop);
        if (StackAddresses.AreKept(function, loop, offsets))
        {
            TakeExits(function, loop);
            Demote(function, loop);
            (offsets, frameSize) = PlaceFrame(function, loop);
            if (!isNeeded && StackAddresses.AreKept(function, loop, offsets)) return false;
        }
        LoopLocals.Run(function, loop);
        foreach (Value end in loop.Ends) end.Block?.Values.Remove(end);
        Function body = NewFunction(module, function, loop);
        Value number = loop.Number(function);
        // The body has no context to load the packet's end from, which it needs for elements of packets (see PacketChecks).
        Value? packetEnd = function.Blocks.SelectMany(static b => b.Values).FirstOrDefault(static v => v is { Op: Op.Load, Type.Region: Region.PacketEnd });
        int packetStart = -1;
        if (packetEnd is not null)
        {
            PacketSlots.Infer(function);
            function.KeepsPacketPlaces |= PacketSlots.KeepPlaces(function);
            body.KeepsPacketPlaces = function.KeepsPacketPlaces;
            if (!loop.Body.Any(b => b.Values.Exists(v => PacketChecks.IsKept(v) || (v is { Op: Op.PtrAdd, Arguments.Count: 2 } && v.Arguments[0].Op is not (Op.SlotAddress or Op.GlobalAddress))))) packetEnd = null;
            packetStart = LoopCursors.Run(module, function, loop);
        }
        (offsets, frameSize) = PlaceFrame(function, loop);
        FrameNumbers? numbers = FrameNumbers.Find(function, loop, offsets);
        // Without a context of its own, in a function that the program calls, there is none to load it from.
        if (!function.Blocks.Exists(static b => b.Values.Exists(static v => v is { Op: Op.Parameter, Type.Region: Region.Context }))) packetEnd = null;
        int endOffset = packetEnd is null ? -1 : frameSize;
        Slot frame = function.AddSlot(packetEnd is null ? frameSize : frameSize + 8, 8);
        Block head = loop.Head, start = head.Successors[0], done = head.Successors[1];
        List<Block> targets = [.. loop.Body.OrderBy(static b => b.Id).SelectMany(static b => b.Successors).Where(s => s != head && s != done && !loop.Body.Contains(s)).Distinct()];
        // What the slots in the frame are addressed by, outside of the body.
        RedirectSlots(function, loop, offsets, frame.Index);
        body.PacketEndOffset = endOffset;
        foreach (Slot slot in function.Slots.Where(s => s.Index < offsets.Length && offsets[s.Index] >= 0)) body.FrameVariables[offsets[slot.Index]] = slot.Size;
        if (packetStart >= 0) body.PacketStartOffset = offsets[packetStart];
        CutOut(function, body, loop, start, number, targets, offsets, numbers);
        WriteCall(function, body, loop, frame.Index, targets, done, packetEnd, endOffset);
        module.Functions.Insert(module.Functions.IndexOf(function) + 1, body);
        return true;
    }

    /// <summary>Adds to the body what only it leads to, up to where the function ends: the variables of the loop's own are then in the body alone.</summary>
    private static void TakeExits(Function function, NumberLoop loop)
    {
        DominatorTree dominators = new(function);
        Block start = loop.Head.Successors[0];
        foreach (Block block in dominators.ReversePostorder.Where(b => dominators.Dominates(start, b)).ToList())
        {
            loop.Body.Add(block);
            if (block.Successors.Count > 0) continue;
            // The end itself stays outside.
            Value jump = function.NewValue(Op.Jump, IrType.Void);
            jump.DebugId = block.Terminator.DebugId;
            Block end = BlockSplitting.Split(block, block.Values.Count - 1);
            block.Terminate(jump, end);
        }
    }

    /// <summary>Values that cross the body's border go through slots of their own; constants and addresses are made again.</summary>
    private static void Demote(Function function, NumberLoop loop)
    {
        Dictionary<Value, int> slots = [];
        foreach (Block block in function.Blocks.ToList())
        {
            bool isInside = loop.Body.Contains(block);
            foreach (Value user in block.Values.ToList())
            {
                for (int i = 0; i < user.Arguments.Count; i++)
                {
                    Value used = user.Arguments[i];
                    if (used.Block is not { } origin || loop.Body.Contains(origin) == isInside || used == loop.Next) continue;
                    if (user.Op == Op.Phi) throw new InvalidOperationException($"%{user.Id} is a phi before promotion.");
                    Writer write = new(function, block, block.Values.IndexOf(user), user.DebugId);
                    user.Arguments[i] = used.Op is Op.Const or Op.SlotAddress or Op.GlobalAddress or Op.MapAddress or Op.FunctionAddress
                        ? Again(write, used)
                        : write.Load(used.Type, Width(used.Type), write.Slot(SlotOf(used)));
                }
            }
        }

        int SlotOf(Value value)
        {
            if (slots.TryGetValue(value, out int slot)) return slot;
            slot = function.AddSlot(8, 8).Index;
            slots.Add(value, slot);
            Writer write = new(function, value.Block!, value.Block!.Values.IndexOf(value) + 1, value.DebugId);
            write.Store(Width(value.Type), write.Slot(slot), value);
            return slot;
        }
    }

    private static Value Again(Writer write, Value value)
    {
        Value copy = write.Add(value.Op, value.Type);
        (copy.Immediate, copy.Symbol, copy.Core, copy.Name) = (value.Immediate, value.Symbol, value.Core, value.Name);
        return copy;
    }

    private static Access Width(IrType type) => type.IsI32 ? Access.U32 : Access.U64;

    private static Function NewFunction(Module module, Function function, NumberLoop loop)
    {
        string name = function.Name + "_loop";
        for (int i = 2; module.FindFunction(name) is not null; i++) name = function.Name + "_loop" + i;
        Function body = new(name)
        {
            Inline = InlineHint.Never,
            IsLoopBody = true,
            ReturnType = IrType.I64,
            DebugId = loop.Start.DebugId,
            Parameters = { new Parameter(IrType.I64, "index"), new Parameter(IrType.Pointer(Region.Stack), "frame") },
        };
        module.Types.Add(new BtfInt("long", 8, BtfIntEncoding.Signed, 64));
        int wide = module.Types.Count;
        module.Types.Add(new BtfPointer(0));
        module.Types.Add(new BtfPrototype(wide, [new BtfParameter("index", wide), new BtfParameter("frame", module.Types.Count)]));
        module.Types.Add(new BtfFunction(name, module.Types.Count, BtfLinkage.Static));
        body.BtfTypeId = module.Types.Count;
        return body;
    }

    /// <summary>
    /// Where the slots that both sides use are in the frame, -1 for the others: each side has those of its own that are written anew wherever the other side has been. The
    /// frame begins with the way out that was taken.
    /// </summary>
    private static (int[] Offsets, int Size) PlaceFrame(Function function, NumberLoop loop)
    {
        bool[] inside = new bool[function.Slots.Count], outside = new bool[function.Slots.Count];
        foreach (Block block in function.Blocks)
        {
            bool[] side = loop.Body.Contains(block) ? inside : outside;
            foreach (Value value in block.Values.SelectMany(static v => v.Arguments))
            {
                if (value.Op == Op.SlotAddress) side[value.Immediate] = true;
            }
        }
        SlotLiveness liveness = new(function);
        HashSet<int> crossing = [.. loop.Body.Append(loop.Head).SelectMany(static b => b.Successors).Where(s => s != loop.Head && (s == loop.Head.Successors[0] || !loop.Body.Contains(s))).SelectMany(liveness.At)];
        int size = 8;
        int[] offsets = new int[function.Slots.Count];
        foreach (Slot slot in function.Slots)
        {
            offsets[slot.Index] = -1;
            if (!inside[slot.Index] || !outside[slot.Index] || !crossing.Contains(slot.Index)) continue;
            // Eight bytes are one piece for the verifier: it forgets the counter of a loop around this one if its neighbour is written.
            offsets[slot.Index] = size;
            size = (size + slot.Size + 7) & -8;
        }
        return (offsets, size);
    }

    private static void RedirectSlots(Function function, NumberLoop loop, int[] offsets, int frame)
    {
        foreach (Block block in function.Blocks.Where(b => !loop.Body.Contains(b)))
        {
            foreach (Value value in block.Values.Where(v => v.Op == Op.SlotAddress && v.Immediate < offsets.Length && offsets[v.Immediate] >= 0).ToList())
            {
                Value address = new Writer(function, block, block.Values.IndexOf(value), value.DebugId).Slot(frame);
                int offset = offsets[value.Immediate];
                value.Op = Op.PtrAdd;
                value.Arguments.Add(address);
                value.Immediate = offset;
            }
        }
    }

    /// <summary>Moves the body's blocks to its function. A way back to the head goes on with the next round, a way out stops.</summary>
    private static void CutOut(Function function, Function body, NumberLoop loop, Block start, Value number, List<Block> targets, int[] offsets, FrameNumbers? numbers)
    {
        Dictionary<int, int> slots = [];
        Dictionary<Block, Block> blocks = [];
        Dictionary<Value, Value> values = [];
        Block entry = body.AddBlock();
        Writer write = new(body, entry, 0, loop.Start.DebugId);
        Value index = write.Add(Op.Parameter, IrType.I64), frame = write.Add(Op.Parameter, IrType.Pointer(Region.Stack));
        frame.Immediate = 1;
        (index.Name, frame.Name) = ("index", "frame");
        values[number] = write.Add(Op.Trunc, IrType.I32, index);
        List<Block> moved = [.. function.Blocks.Where(loop.Body.Contains)];
        foreach (Block block in moved) blocks.Add(block, body.AddBlock());
        foreach (Block block in moved)
        {
            foreach (Value value in block.Values.Where(v => !v.Op.Has(OpTraits.Terminator) && v != number)) values.Add(value, Move(value, blocks[block]));
        }
        entry.Terminate(write.New(Op.Jump, IrType.Void), blocks[start]);
        Block? goesOn = null, breaks = null, end = numbers?.WriteEnd(body, function, frame, offsets, loop.Start.DebugId);
        Block[] stops = new Block[targets.Count];
        foreach (Block block in moved)
        {
            Value terminator = body.NewValue(block.Terminator.Op, IrType.Void);
            terminator.DebugId = block.Terminator.DebugId;
            terminator.Arguments.AddRange(block.Terminator.Arguments);
            blocks[block].Terminate(terminator, [.. block.Successors.Select(To)]);
        }
        foreach (Value value in body.Blocks.SelectMany(static b => b.Values))
        {
            for (int i = 0; i < value.Arguments.Count; i++)
            {
                if (values.TryGetValue(value.Arguments[i], out Value? to)) value.Arguments[i] = to;
            }
        }
        foreach (Block block in moved)
        {
            block.RemoveTerminator();
            function.Blocks.Remove(block);
        }

        Value Move(Value value, Block to)
        {
            if (value.Op == Op.SlotAddress && offsets[value.Immediate] >= 0)
            {
                Value address = body.NewValue(Op.PtrAdd, value.Type, frame);
                (address.Immediate, address.DebugId) = (offsets[value.Immediate], value.DebugId);
                return to.Append(address);
            }
            Value copy = body.NewValue(value.Op, value.Type);
            copy.Arguments.AddRange(value.Arguments);
            (copy.Immediate, copy.Symbol, copy.Access, copy.Alignment, copy.Core, copy.DebugId, copy.Name) = (value.Immediate, value.Symbol, value.Access, value.Alignment, value.Core, value.DebugId, value.Name);
            if (value.Op == Op.SlotAddress)
            {
                Slot slot = function.Slots[(int)value.Immediate];
                if (!slots.TryGetValue(slot.Index, out int own)) slots.Add(slot.Index, own = body.AddSlot(slot.Size, slot.Alignment, slot.Name).Index);
                copy.Immediate = own;
            }
            return to.Append(copy);
        }

        Block To(Block successor)
        {
            if (blocks.TryGetValue(successor, out Block? inside)) return inside;
            int exit = targets.IndexOf(successor);
            if (exit >= 0) return stops[exit] ??= Leave(exit + 1, 1);
            return successor == loop.Head ? goesOn ??= Leave(0, 0) : breaks ??= Leave(end is null ? 0 : targets.Count + 1, 1);
        }

        Block Leave(int exit, int result)
        {
            Block block = body.AddBlock();
            Writer leave = new(body, block, 0, loop.Start.DebugId);
            if (exit > 0 || end is not null) leave.Store(Access.U64, frame, leave.Const64(exit));
            if (end is null) block.Terminate(leave.New(Op.Return, IrType.Void, leave.Const64(result)));
            else block.Terminate(leave.New(Op.Jump, IrType.Void), end);
            return block;
        }
    }

    /// <summary>The head calls <c>bpf_loop</c> and goes where the frame says.</summary>
    private static void WriteCall(Function function, Function body, NumberLoop loop, int frame, List<Block> targets, Block done, Value? packetEnd, int endOffset)
    {
        Block head = loop.Head;
        Value count = loop.Count;
        int debugId = loop.Start.DebugId;
        head.RemoveTerminator();
        head.Values.Clear();
        loop.Start.Block!.Values.Remove(loop.Start);
        Writer write = new(function, head, 0, debugId);
        if (count.Op != Op.Const)
        {
            // Of no rounds the verifier never sees the body, removes it, and is left with its address.
            Block some = function.AddBlock();
            head.Terminate(write.New(Op.Branch, IrType.Void, write.Add(Op.Ne, IrType.I32, count, write.Const32(0))), some, done);
            head = some;
            write = new(function, head, 0, debugId);
        }
        Value address = write.Slot(frame);
        write.Store(Access.U64, address, write.Const64(0));
        if (packetEnd is not null)
        {
            Value context = function.Blocks.SelectMany(static b => b.Values).First(static v => v is { Op: Op.Parameter, Type.Region: Region.Context });
            write.Store(Access.U64, address, write.Load(packetEnd.Type, packetEnd.Access, context, packetEnd.Immediate), endOffset);
        }
        Value callback = write.Add(Op.FunctionAddress, IrType.Pointer(Region.Function));
        callback.Symbol = body.Name;
        Value call = write.Add(Op.CallHelper, IrType.I64, write.Add(Op.ZExt32, IrType.I64, count), callback, address, write.Const64(0));
        call.Immediate = KernelLoops.LoopHelper;
        if (targets.Count == 0)
        {
            head.Terminate(write.New(Op.Jump, IrType.Void), done);
            return;
        }
        Value exit = write.Load(IrType.I64, Access.U64, address);
        Block block = head;
        for (int i = 0; i < targets.Count; i++)
        {
            Block next = i == targets.Count - 1 ? done : function.AddBlock();
            Value taken = write.Add(Op.Eq, IrType.I32, exit, write.Const64(i + 1));
            block.Terminate(write.New(Op.Branch, IrType.Void, taken), targets[i], next);
            block = next;
            write = new(function, block, 0, debugId);
        }
    }
}
