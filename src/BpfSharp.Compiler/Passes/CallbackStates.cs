using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// What callbacks that run while the program waits keep in the memory of their callers. Verifiers before Linux 6.7 look at such a callback once: they take what is there before the
/// first call for what is there before each, and what one call leaves for what all leave, and remove the code that would run in another case only. So of the numbers that a callback
/// changes they are to know nothing: neither what its caller writes nor what it writes itself. The number of the way out of a loop stays (see <see cref="LoopOutline"/>), as each way is
/// looked at, and what an ordinary loop ends at.
/// </summary>
internal static class CallbackStates
{
    /// <summary>The helpers that call back, and where they get the memory: <c>bpf_for_each_map_elem</c>, <c>bpf_loop</c>, <c>bpf_user_ringbuf_drain</c>.</summary>
    private static readonly Dictionary<long, int> s_helpers = new() { [164] = 2, [KernelLoops.LoopHelper] = 2, [209] = 2 };

    internal static void Run(Function function, PassContext context)
    {
        if (context.Options.MinimumKernel.CompareTo((6, 7)) >= 0) return;
        if (context.StateCalls is not { Count: > 0 } calls) return;
        bool isCallback = calls.Exists(c => c.Callback == function);
        bool isIndirect = calls.Exists(static c => Root(c.State).Op != Op.SlotAddress || c.WritesThroughReferences);
        List<StateCall> own = [.. calls.Where(c => c.Caller == function && Root(c.State).Op == Op.SlotAddress)];
        SlotUses uses = new(function, ControlFlow.ReversePostorder(function));
        HashSet<(object, long)> deciding = Deciding(function);
        List<Value> hidden = [.. Stores(function).Where(s => !deciding.Contains(Place(s)) && IsState(s))];
        if (hidden.Count == 0) return;
        Writer write = new(function, function.Entry, function.Entry.Values.FindLastIndex(static v => v.Op == Op.Parameter) + 1, function.DebugId);
        Value zero = LoopTotals.Zero(write, IrType.I64);
        Value? narrow = hidden.Exists(static s => s.Arguments[1].Type.IsI32) ? write.Add(Op.Trunc, IrType.I32, zero) : null;
        foreach (Value store in hidden)
        {
            write = new(function, store.Block!, store.Block!.Values.IndexOf(store), store.DebugId);
            store.Arguments[1] = write.Binary(Op.Add, store.Arguments[1], store.Arguments[1].Type.IsI32 ? narrow! : zero);
        }

        bool IsState(Value store)
        {
            Value root = Root(store.Arguments[0]);
            (object Root, long Offset) place = Place(store);
            return root.Op switch
            {
                Op.Parameter when isCallback && root.Immediate == function.Parameters.Count - 1 => !(function.IsLoopBody && place.Offset == 0),
                Op.Parameter or Op.Load => isIndirect && root.Type.Region is Region.Unknown or Region.Stack,
                Op.SlotAddress => isIndirect && uses.Escapes[root.Immediate] == SlotEscape.Wild
                    || own.Exists(c => Root(c.State).Immediate == root.Immediate && c.MayWrite(store)),
                _ => false,
            };
        }
    }

    /// <summary>The calls with a callback in a module.</summary>
    internal static List<StateCall> Find(Module module)
    {
        List<StateCall> calls = [];
        foreach (Function function in module.Functions)
        {
            foreach (Value call in function.Blocks.SelectMany(static b => b.Values).Where(static v => v.Op == Op.CallHelper && s_helpers.ContainsKey(v.Immediate)))
            {
                if (call.Arguments[1] is { Op: Op.FunctionAddress, Symbol: { } name } && module.FindFunction(name) is { } callback)
                    calls.Add(new StateCall(function, call.Arguments[s_helpers[call.Immediate]], callback));
            }
        }
        return calls;
    }

    /// <summary>A call, and what its callback does with the memory that it gets.</summary>
    internal sealed class StateCall
    {
        private readonly List<(long From, long To)> _written = [];
        private readonly bool _isWrittenAnywhere;

        internal StateCall(Function caller, Value state, Function callback)
        {
            (Caller, State, Callback) = (caller, state, callback);
            WritesThroughReferences = Stores(callback).Any(static s => Root(s.Arguments[0]).Op == Op.Load);
            foreach (Value value in callback.Blocks.SelectMany(static b => b.Values).Where(static v => v.Op is not (Op.Load or Op.PtrAdd)))
            {
                for (int i = 0; i < value.Arguments.Count; i++)
                {
                    Value root = Root(value.Arguments[i]);
                    if (root.Op != Op.Parameter || root.Immediate != callback.Parameters.Count - 1) continue;
                    // Whatever else is done with its address may write anything.
                    if (value.Op == Op.Store && i == 0 && !Varies(value)) _written.Add((Place(value).Offset, Place(value).Offset + value.Access.Size()));
                    else _isWrittenAnywhere = true;
                }
            }
        }

        internal Function Caller { get; }

        internal Value State { get; }

        internal Function Callback { get; }

        internal bool WritesThroughReferences { get; }

        /// <summary>Whether the callback may write what its caller has written to the memory.</summary>
        internal bool MayWrite(Value store)
        {
            if (_isWrittenAnywhere || Varies(store)) return true;
            long from = Place(store).Offset - PacketChecks.Base(State).Offset, to = from + store.Access.Size();
            return !(Callback.IsLoopBody && from == 0) && _written.Exists(w => w.From < to && from < w.To);
        }
    }

    private static IEnumerable<Value> Stores(Function function) => function.Blocks.SelectMany(static b => b.Values).Where(static v => v is { Op: Op.Store, Core: null } && !v.Arguments[1].Type.IsPointer);

    private static Value Root(Value address)
    {
        while (address.Op == Op.PtrAdd) address = address.Arguments[0];
        return address;
    }

    private static (object Root, long Offset) Place(Value access)
    {
        (Value start, long offset) = PacketChecks.Base(access.Arguments[0]);
        return (start.Op == Op.SlotAddress ? start.Immediate : start, offset + access.Immediate);
    }

    private static bool Varies(Value access) => PacketChecks.Base(access.Arguments[0]).Start.Op == Op.PtrAdd;

    /// <summary>What the ends of ordinary loops are compared with, in memory.</summary>
    private static HashSet<(object, long)> Deciding(Function function)
    {
        DominatorTree dominators = new(function);
        HashSet<(object, long)> places = [];
        foreach (Block head in dominators.ReversePostorder.Where(h => h.Predecessors.Exists(p => dominators.IsReachable(p) && dominators.Dominates(h, p))))
        {
            HashSet<Block> body = ControlFlow.LoopOf(head, dominators);
            if (head.Values.Exists(static v => v is { Op: Op.CallKernel, Symbol: KernelFunctions.NextNumber })) continue;
            Stack<Value> work = new(body.Where(b => b.Terminator.Op == Op.Branch && !b.Successors.TrueForAll(body.Contains)).Select(static b => b.Terminator.Arguments[0]));
            HashSet<Value> seen = [];
            while (work.Count > 0)
            {
                Value value = work.Pop();
                if (!seen.Add(value) || value.Type.IsPointer) continue;
                if (value.Op == Op.Load) places.Add(Place(value));
                else if (value.Op == Op.Phi || value.Op.IsPure()) foreach (Value argument in value.Arguments) work.Push(argument);
            }
        }
        return places;
    }
}
