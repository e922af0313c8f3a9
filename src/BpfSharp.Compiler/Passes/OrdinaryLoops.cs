using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>Loops of <c>Bpf.Range</c> and <c>Bpf.Loop</c> as ordinary loops with a counter that the verifier follows.</summary>
internal static class OrdinaryLoops
{
    /// <summary>The iterator's slot holds the next number and the end.</summary>
    internal static void Lower(Function function, NumberLoop loop)
    {
        Value number = loop.Number(function);
        Insert(loop.Start, (write, iterator) =>
        {
            write.Store(Access.U32, iterator, write.Const32(0));
            write.Store(Access.U32, iterator, loop.Count, 4);
        });
        Value? next = null;
        Value head = loop.Next;
        Insert(head, (write, iterator) => next = write.Load(IrType.I32, Access.U32, iterator));
        // The comparison of what next gave with null becomes one of the numbers.
        Block block = next!.Block!;
        Value branch = block.Terminator;
        Value limit = function.NewValue(Op.Load, IrType.I32, Slot(function, block, loop.Slot));
        limit.Access = Access.U32;
        limit.Immediate = 4;
        Value isThere = function.NewValue(Op.ULt, IrType.I32, next, limit);
        limit.DebugId = isThere.DebugId = head.DebugId;
        block.Insert(block.Values.Count - 1, limit);
        block.Insert(block.Values.Count - 1, isThere);
        Value test = branch.Arguments[0];
        branch.Arguments[0] = isThere;
        block.Values.Remove(test);
        block.Values.RemoveAll(v => v.Op == Op.Const && test.Arguments.Contains(v));
        Replace(function, number, next);
        Insert(number, (write, iterator) => write.Store(Access.U32, iterator, write.Binary(Op.Add, next, write.Const32(1))));
        foreach (Value end in loop.Ends) Remove(end);

        void Insert(Value at, Action<Writer, Value> write)
        {
            Writer writer = new(function, at.Block!, at.Block!.Values.IndexOf(at), at.DebugId);
            write(writer, writer.Slot(loop.Slot));
            Remove(at);
        }
    }

    /// <summary>A call of <c>bpf_loop</c> as a loop that calls the body, which may then be inlined.</summary>
    internal static void LowerCallback(Module module, Function function, Value call)
    {
        Block before = call.Block!;
        string body = call.Arguments[1].Symbol!;
        Block after = BlockSplitting.Split(before, before.Values.IndexOf(call) + 1);
        Remove(call);
        Block round = BlockSplitting.InsertAfter(before), test = BlockSplitting.InsertAfter(before);
        Slot counter = function.AddSlot(8, 8);
        Writer write = new(function, before, before.Values.Count, call.DebugId);
        write.Store(Access.U64, write.Slot(counter.Index), write.Const64(0));
        before.Terminate(write.New(Op.Jump, IrType.Void), test);
        write = new(function, test, 0, call.DebugId);
        Value index = write.Load(IrType.I64, Access.U64, write.Slot(counter.Index));
        Value more = write.Add(Op.ULt, IrType.I32, index, call.Arguments[0]);
        test.Terminate(write.New(Op.Branch, IrType.Void, more), round, after);
        write = new(function, round, 0, call.DebugId);
        write.Store(Access.U64, write.Slot(counter.Index), write.Binary(Op.Add, index, write.Const64(1)));
        Value stops = write.Add(Op.CallFunction, IrType.I64, index, call.Arguments[2]);
        stops.Symbol = body;
        Value stop = write.Add(Op.Ne, IrType.I32, stops, write.Const64(0));
        round.Terminate(write.New(Op.Branch, IrType.Void, stop), after, test);
        write = new(function, after, 0, call.DebugId);
        Replace(function, call, write.Load(IrType.I64, Access.U64, write.Slot(counter.Index)));
        RemoveAddress(module, function, call.Arguments[1]);
    }

    /// <summary>A body whose address nothing takes any more is a function like any other.</summary>
    private static void RemoveAddress(Module module, Function function, Value address)
    {
        Remove(address);
        foreach (Block block in function.Blocks) block.Values.RemoveAll(v => v == address);
        bool isTaken = module.Functions.SelectMany(static f => f.Blocks).SelectMany(static b => b.Values).Any(v => v.Op == Op.FunctionAddress && v.Symbol == address.Symbol);
        if (!isTaken && module.FindFunction(address.Symbol!) is { } body) body.Inline = InlineHint.Automatic;
    }

    private static Value Slot(Function function, Block block, int slot) => new Writer(function, block, block.Values.Count - 1, 0).Slot(slot);

    private static void Remove(Value value)
    {
        value.Block?.Values.Remove(value);
        value.Block = null;
    }

    private static void Replace(Function function, Value old, Value by)
    {
        foreach (Value user in function.Blocks.SelectMany(static b => b.Values))
        {
            for (int i = 0; i < user.Arguments.Count; i++)
            {
                if (user.Arguments[i] == old) user.Arguments[i] = by;
            }
        }
    }
}
