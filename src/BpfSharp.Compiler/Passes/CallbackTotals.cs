using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>The sums and counts of <see cref="LoopTotals"/> where the loop's body is a callback: they are in its frame, and start where its caller stores a constant there.</summary>
internal static class CallbackTotals
{
    /// <summary><c>bpf_for_each_map_elem</c> and <c>bpf_loop</c>, whose arguments 1 and 2 are the callback and its frame.</summary>
    private const long ForEachElement = 164, Loop = KernelLoops.LoopHelper;

    internal static void Run(Function function, Module module)
    {
        Dictionary<long, HashSet<long>> totals = [];
        foreach (Value call in function.Blocks.SelectMany(static b => b.Values).Where(static v => v is { Op: Op.CallHelper, Immediate: ForEachElement or Loop }))
        {
            if (call.Arguments[1] is not { Op: Op.FunctionAddress, Symbol: { } name } || PacketChecks.Base(call.Arguments[2]) is not ({ Op: Op.SlotAddress } frame, var start)) continue;
            if (module.FindFunction(name) is not { } body) continue;
            if (!totals.TryGetValue(frame.Immediate, out HashSet<long>? offsets)) totals.Add(frame.Immediate, offsets = []);
            foreach (long offset in Totals(body, body.Parameters.Count - 1)) offsets.Add(start + offset);
        }
        if (totals.Count == 0) return;
        foreach (Value store in function.Blocks.SelectMany(static b => b.Values).Where(static v => v is { Op: Op.Store, Core: null } && v.Arguments[1] is { Op: Op.Const, Type.IsPointer: false }).ToList())
        {
            (Value slot, long offset) = PacketChecks.Base(store.Arguments[0]);
            if (slot.Op != Op.SlotAddress || !totals.TryGetValue(slot.Immediate, out HashSet<long>? offsets) || !offsets.Contains(offset + store.Immediate)) continue;
            Writer write = new(function, store.Block!, store.Block!.Values.IndexOf(store), store.DebugId);
            Value zero = LoopTotals.Zero(write, store.Arguments[1].Type);
            store.Arguments[1] = store.Arguments[1].Immediate == 0 ? zero : write.Binary(Op.Add, zero, store.Arguments[1]);
        }
    }

    /// <summary>Where in its frame a body adds to what is there, and addresses nothing with it.</summary>
    private static IEnumerable<long> Totals(Function body, int frame)
    {
        HashSet<Value> needed = LoopTotals.Needed(body.Blocks, null);
        Dictionary<long, List<Value>> loads = [];
        foreach (Value load in body.Blocks.SelectMany(static b => b.Values).Where(v => v.Op == Op.Load && IsFrame(v.Arguments[0])))
        {
            long offset = PacketChecks.Base(load.Arguments[0]).Offset + load.Immediate;
            if (!loads.TryGetValue(offset, out List<Value>? known)) loads.Add(offset, known = []);
            known.Add(load);
        }
        foreach (Value store in body.Blocks.SelectMany(static b => b.Values).Where(v => v.Op == Op.Store && IsFrame(v.Arguments[0])))
        {
            long offset = PacketChecks.Base(store.Arguments[0]).Offset + store.Immediate;
            if (loads.TryGetValue(offset, out List<Value>? known) && !known.Exists(needed.Contains) && LoopTotals.Leads(store.Arguments[1], known.Contains, static _ => true))
                yield return offset;
        }

        bool IsFrame(Value address) => PacketChecks.Base(address).Start is { Op: Op.Parameter } parameter && parameter.Immediate == frame;
    }
}
