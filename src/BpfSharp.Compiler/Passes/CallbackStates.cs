using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// What callbacks that run while the program waits keep in the memory of their callers. Verifiers before Linux 6.7 look at such a callback once: they take what is there before the
/// first call for what is there before each, and what one call leaves for what all leave, and remove the code that would run in another case only. So of the numbers that a callback
/// changes they are to know nothing: neither what its caller writes nor what it writes itself. The number of the way out of a loop stays (see <see cref="LoopOutline"/>), as each way is
/// looked at, and what an ordinary loop ends at, if callbacks do not read it and write constants alone.
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
        bool readsReferences = isIndirect && calls.Exists(static c => c.ReadsThroughReferences);
        List<StateCall> own = [.. calls.Where(c => c.Caller == function && Root(c.State).Op == Op.SlotAddress)];
        HashSet<long> referred = isIndirect ? Referred(function) : [];
        HashSet<(object, long)> deciding = Deciding(function);
        HashSet<(object, long)> pointers = [.. function.Blocks.SelectMany(static b => b.Values).Where(static v => (v.Op == Op.Load ? v.Type : v.Op == Op.Store ? v.Arguments[1].Type : IrType.Void).IsPointer).Select(Place)];
        HashSet<long> behind = [.. calls.Where(c => c.Callback == function).SelectMany(DecidingBehind)];
        List<Value> hidden = [.. Stores(function).Where(s => !(deciding.Contains(Place(s)) && !IsRead(s)) && IsState(s))];
        List<StateCall> again = [.. calls.Where(c => c.Caller == function && c.LeavesPointers)];
        if (hidden.Count + again.Count == 0) return;
        Writer write = new(function, function.Entry, function.Entry.Values.FindLastIndex(static v => v.Op == Op.Parameter) + 1, function.DebugId);
        Value zero = LoopTotals.Zero(write, IrType.I64);
        Value? narrow = hidden.Exists(static s => s.Arguments[1].Type.IsI32) ? write.Add(Op.Trunc, IrType.I32, zero) : null;
        foreach (Value store in hidden)
        {
            write = new(function, store.Block!, store.Block!.Values.IndexOf(store), store.DebugId);
            store.Arguments[1] = write.Binary(Op.Add, store.Arguments[1], store.Arguments[1].Type.IsI32 ? narrow! : zero);
        }
        foreach (StateCall call in again) CallAgain(function, call.Call, zero);

        // Whether callbacks read what ends a loop of their caller.
        bool IsRead(Value store) => readsReferences || (Root(store.Arguments[0]) is { Op: Op.SlotAddress } slot && own.Exists(c => Root(c.State).Immediate == slot.Immediate && c.MayRead(Place(store).Offset)));

        bool IsState(Value store)
        {
            Value root = Root(store.Arguments[0]);
            if (pointers.Contains(Place(store))) return false;
            if (isCallback && root.Op == Op.Parameter && root.Immediate == function.Parameters.Count - 1) return IsOwnState(Place(store).Offset, store.Arguments[1].Op == Op.Const);
            return root.Op switch
            {
                Op.Parameter or Op.Load => isIndirect && root.Type.Region is Region.Unknown or Region.Stack,
                Op.SlotAddress => referred.Contains(root.Immediate) || own.Exists(c => Root(c.State).Immediate == root.Immediate && c.MayWrite(store)),
                _ => false,
            };
        }

        // What the callback itself writes.
        bool IsOwnState(long offset, bool isConstant)
        {
            if (function.IsLoopBody && offset == 0) return false;
            if (function.Forgotten?.Exists(f => f.From <= offset && offset < f.To) == true) return false;
            List<StateCall> ofIt = calls.FindAll(c => c.Callback == function);
            return !ofIt.Exists(c => c.HoldsPointer(offset)) && !(isConstant && behind.Contains(offset) && !ofIt.Exists(c => c.Reads(offset)));
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
                    calls.Add(new StateCall(function, call, call.Arguments[s_helpers[call.Immediate]], callback));
            }
        }
        return calls;
    }

    /// <summary>A call, and what its callback does with the memory that it gets.</summary>
    internal sealed class StateCall
    {
        private readonly List<(long From, long To)> _written = [], _read = [];
        private readonly HashSet<long> _pointers = [];
        private readonly bool _isWrittenAnywhere, _isReadAnywhere;

        internal StateCall(Function caller, Value call, Value state, Function callback)
        {
            (Caller, Call, State, Callback) = (caller, call, state, callback);
            LeavesPointers = callback.Blocks.Exists(static b => b.Values.Exists(static v => v.Op == Op.Store && v.Arguments[1].Type.IsPointer && v.Arguments[1].Type.Region != Region.PacketEnd && Root(v.Arguments[0]).Op is Op.Parameter or Op.Load));
            ReadsThroughReferences = callback.Blocks.Exists(static b => b.Values.Exists(static v => v.Op == Op.Load && Root(v.Arguments[0]).Op == Op.Load));
            WritesThroughReferences = Stores(callback).Any(static s => Root(s.Arguments[0]).Op == Op.Load);
            long start = PacketChecks.Base(state).Offset;
            _pointers.UnionWith(PointersAt(callback, root => root is { Op: Op.Parameter } && root.Immediate == callback.Parameters.Count - 1));
            _pointers.UnionWith(PointersAt(caller, root => root is { Op: Op.SlotAddress } && root.Immediate == Root(state).Immediate).Select(o => o - start));
            foreach (Value value in callback.Blocks.SelectMany(static b => b.Values).Where(static v => v.Op != Op.PtrAdd))
            {
                for (int i = 0; i < value.Arguments.Count; i++)
                {
                    Value root = Root(value.Arguments[i]);
                    if (root.Op != Op.Parameter || root.Immediate != callback.Parameters.Count - 1) continue;
                    bool isLoad = value.Op == Op.Load, isStore = value.Op == Op.Store && i == 0;
                    List<(long From, long To)> places = (isLoad || isStore) && !Varies(value) ? [(Place(value).Offset, Place(value).Offset + value.Access.Size())] : Variables(callback, value, i);
                    if (!isStore) _read.AddRange(places);
                    if (!isLoad) _written.AddRange(places);
                    // Of what is no loop's frame nothing is known but what is loaded and stored at constant offsets.
                    _isWrittenAnywhere |= places.Count == 0 && !isLoad;
                    _isReadAnywhere |= places.Count == 0 && !isStore;
                }
            }
        }

        /// <summary>
        /// The variables of a loop's frame that an address may be in: that of its constant part, and, as an index that starts at one has a constant before the variable, the next one if
        /// that has elements.
        /// </summary>
        private static List<(long From, long To)> Variables(Function callback, Value value, int argument)
        {
            long offset = value.Op is Op.Load or Op.Store ? value.Immediate : 0;
            for (Value address = value.Arguments[argument]; address.Op == Op.PtrAdd; address = address.Arguments[0]) offset += address.Immediate;
            List<(long From, long To)> variables = [.. callback.FrameVariables.Select(static v => (v.Key, v.Key + v.Value)).OrderBy(static v => v.Key)];
            int next = variables.FindIndex(v => offset < v.From);
            List<(long From, long To)> found = [.. variables.Where(v => v.From <= offset && offset < v.To)];
            if (next >= 0 && variables[next].To - variables[next].From > Math.Max(sizeof(int), value.Access.Size())) found.Add(variables[next]);
            return found;
        }

        internal Function Caller { get; }

        internal Value Call { get; }

        internal Value State { get; }

        internal Function Callback { get; }

        internal bool WritesThroughReferences { get; }

        internal bool ReadsThroughReferences { get; }

        /// <summary>Whether the callback leaves pointers in the memory.</summary>
        internal bool LeavesPointers { get; }

        private static IEnumerable<long> PointersAt(Function function, Func<Value, bool> isRoot) => function.Blocks.SelectMany(static b => b.Values)
            .Where(v => (v.Op == Op.Load ? v.Type : v.Op == Op.Store ? v.Arguments[1].Type : IrType.Void).IsPointer && isRoot(Root(v.Arguments[0]))).Select(static v => Place(v).Offset);

        /// <summary>Whether there are pointers at an offset of the memory: what is zeroed there is one that refers to nothing.</summary>
        internal bool HoldsPointer(long offset) => _pointers.Contains(offset);

        /// <summary>Whether the callback reads at an offset of the memory.</summary>
        internal bool Reads(long offset) => _isReadAnywhere || _read.Exists(r => r.From <= offset && offset < r.To);

        /// <summary>The same for an offset of the slot that the memory is in.</summary>
        internal bool MayRead(long offset) => Reads(offset - PacketChecks.Base(State).Offset);

        /// <summary>Whether the callback may write what its caller has written to the memory.</summary>
        internal bool MayWrite(Value store)
        {
            long from = Place(store).Offset - PacketChecks.Base(State).Offset, to = from + store.Access.Size();
            return !HoldsPointer(from) && !(Callback.IsLoopBody && from == 0) && (_isWrittenAnywhere || Varies(store) || _written.Exists(w => w.From < to && from < w.To));
        }
    }

    /// <summary>
    /// Ways on which a callback is not called, or twice or three times as often, all of which are never taken: of a pointer that it leaves for the next call the verifier sees so what
    /// it may be then.
    /// </summary>
    private static void CallAgain(Function function, Value call, Value zero)
    {
        Block before = call.Block!, tail = BlockSplitting.Split(before, before.Values.IndexOf(call) + 1), first = BlockSplitting.Split(before, before.Values.IndexOf(call));
        Writer write = new(function, before, before.Values.Count, call.DebugId);
        Dictionary<Block, Value> results = new() { [before] = write.Const64(0), [first] = call };
        before.Terminate(Branch(1), tail, first);
        Block last = first;
        for (int bit = 2; bit <= 4; bit *= 2)
        {
            Block more = BlockSplitting.InsertAfter(last);
            write = new(function, last, last.Values.Count, call.DebugId);
            last.Terminate(Branch(bit), more, tail);
            Value again = new Writer(function, more, 0, call.DebugId).Add(call.Op, call.Type, [.. call.Arguments]);
            again.Immediate = call.Immediate;
            results[more] = again;
            last = more;
        }
        last.Terminate(write.New(Op.Jump, IrType.Void), tail);
        Value phi = function.NewValue(Op.Phi, call.Type, [.. tail.Predecessors.Select(p => results[p])]);
        phi.DebugId = call.DebugId;
        foreach (Value user in function.Blocks.SelectMany(static b => b.Values))
        {
            for (int i = 0; i < user.Arguments.Count; i++)
            {
                if (user.Arguments[i] == call) user.Arguments[i] = phi;
            }
        }
        tail.Insert(0, phi);

        // Of the zero's bits the verifier learns nothing, whatever it learns of another one.
        Value Branch(long bit) => write.New(Op.Branch, IrType.Void, write.Add(Op.Ne, IrType.I32, write.Binary(Op.And, zero, write.Const64(bit)), write.Const64(0)));
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

    /// <summary>The slots to which there may be references in memory.</summary>
    private static HashSet<long> Referred(Function function)
    {
        HashSet<long> slots = [];
        foreach (Value value in function.Blocks.SelectMany(static b => b.Values).Where(static v => v.Op is not (Op.PtrAdd or Op.Load or Op.CallHelper or Op.CallFunction)))
        {
            for (int i = value.Op == Op.Store ? 1 : 0; i < value.Arguments.Count; i++)
            {
                if (Root(value.Arguments[i]) is { Op: Op.SlotAddress } slot) slots.Add(slot.Immediate);
            }
        }
        return slots;
    }

    private static bool Varies(Value access) => PacketChecks.Base(access.Arguments[0]).Start.Op == Op.PtrAdd;

    /// <summary>Where in the memory of a call an end of an ordinary loop of its caller is.</summary>
    private static IEnumerable<long> DecidingBehind(StateCall call) =>
        Deciding(call.Caller).Where(p => Root(call.State) is { Op: Op.SlotAddress } slot && slot.Immediate.Equals(p.Item1)).Select(p => p.Item2 - PacketChecks.Base(call.State).Offset);

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
