using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Accesses whose address has more than one part that varies: an element of a slice that starts where only the run tells. The program's own check compares the
/// index with the slice's length, from which the verifier does not learn where in the whole the access is. So the sum of the parts is compared once more, with the
/// size of the whole; where such an address meets others in a phi, on the way to it.
/// </summary>
internal sealed class BoundedAddresses(Function function, Module? module, bool followsAll)
{
    /// <summary><c>bpf_map_lookup_elem</c>.</summary>
    internal const int Lookup = 1;

    private const int Reserve = 131;
    private const ulong LargestKnown = 1 << 20;

    /// <summary>An address to compare: an argument of an access, or, at the end of the block from which it comes, of a phi.</summary>
    private sealed record Open(Value Place, Value User, int Argument, Value Base, List<Value> Parts, long Constant, long Last);

    private readonly List<Open> _found = [];

    /// <summary>What is known of the number that an address adds, there: what is learnt of it later the verifier does not learn of the address.</summary>
    private readonly Dictionary<Value, ValueRange> _added = [];
    private Dictionary<Value, long>? _reaches;

    /// <summary>Looks at a value where the facts are those of its place.</summary>
    internal void Visit(Value value, RangeFacts facts)
    {
        switch (value.Op)
        {
            case Op.PtrAdd when value.Arguments.Count == 2:
                ValueRange added = _added[value] = facts.Of(value.Arguments[1]);
                // Of a packet the end says nothing where a place may be anywhere.
                if (!followsAll && value.Type.Region == Region.Packet && value.Core is null && added.UMax > ushort.MaxValue)
                    _found.Add(new Open(value, value, 1, value.Arguments[0], [value.Arguments[1]], 0, FarPackets.MostMoved));
                break;
            case Op.Load or Op.Store or (>= Op.AtomicAdd and <= Op.AtomicCompareExchange) when value.Core is null:
                Find(value, value, 0, value.Immediate, value.Access.Size());
                break;
            case Op.Zero:
                Find(value, value, 0, 0, value.Immediate);
                break;
            case Op.Copy:
                Find(value, value, 0, 0, value.Immediate);
                Find(value, value, 1, 0, value.Immediate);
                break;
            case Op.Jump or Op.Branch:
                foreach (Value phi in value.Block!.Successors.Distinct().SelectMany(static s => s.Phis).Where(static p => p.Type.IsPointer))
                {
                    List<Block> ways = phi.Block!.Predecessors;
                    if (ways.IndexOf(value.Block) != ways.LastIndexOf(value.Block) || !(_reaches ??= Reaches()).TryGetValue(phi, out long bytes)) continue;
                    Find(value, phi, ways.IndexOf(value.Block), 0, bytes);
                }
                break;
        }
    }

    /// <summary>Finds how far places of packets are at most, by what no verifier may know, while the function is as it was looked at.</summary>
    internal void Limit()
    {
        if (!_found.Exists(static o => o.User.Op == Op.PtrAdd)) return;
        Dictionary<Value, long> most = [];
        Ranges.Observe(function, (value, facts) =>
        {
            if (value is { Op: Op.PtrAdd, Arguments.Count: 2 }) most[value] = (long)Math.Min(facts.Of(value.Arguments[1]).UMax, FarPackets.MostMoved);
        }, isVerifier: false);
        for (int i = 0; i < _found.Count; i++)
        {
            if (_found[i].User.Op == Op.PtrAdd) _found[i] = _found[i] with { Last = most[_found[i].User] };
        }
    }

    /// <summary>Puts the comparisons in.</summary>
    /// <returns>Whether there are any.</returns>
    internal bool Apply()
    {
        if (_found.Count == 0) return false;
        bool mayFault = function.Blocks.Exists(static b => b.IsTerminated && b.Terminator.Op == Op.Fault) && !HeldResources.MayBeIn(function) && !HoldsReservations();
        Emitter emit = new(function);
        // From the end, so that what is split off holds no access that is yet to come.
        for (int i = _found.Count - 1; i >= 0; i--)
        {
            (Value access, Value user, int argument, Value start, List<Value> parts, long constant, long last) = _found[i];
            Block head = access.Block!, tail = BlockSplitting.Split(head, head.Values.IndexOf(access)), other = BlockSplitting.InsertAfter(tail);
            emit.At(head, access.DebugId);
            Value sum = parts[0];
            for (int k = 1; k < parts.Count; k++) sum = emit.Add(Op.Add, IrType.I64, sum, parts[k]);
            if (constant != 0) sum = emit.Add(Op.Add, sum, constant);
            // What is compared is what addresses: nothing may be moved from one to the other.
            sum = emit.Add(Op.Opaque, IrType.I64, sum);
            Value fits = emit.Add(Op.ULe, IrType.I32, sum, emit.Const(IrType.I64, last));
            Value branch = emit.Add(Op.Branch, IrType.Void, fits);
            Connect(head, tail);
            Connect(head, other);
            emit.At(other, access.DebugId);
            if (mayFault)
            {
                emit.Add(Op.Fault, IrType.Void);
            }
            else
            {
                // It cannot happen, but the verifier has to be shown an end of it.
                Value zero = emit.Const(IrType.I64, 0);
                emit.Add(Op.Jump, IrType.Void);
                Connect(other, tail);
                Value phi = function.NewValue(Op.Phi, IrType.I64, sum, zero);
                phi.DebugId = access.DebugId;
                tail.Insert(0, phi);
                sum = phi;
            }
            if (user.Op == Op.PtrAdd)
            {
                user.Arguments[1] = sum;
                continue;
            }
            Value address = function.NewValue(Op.PtrAdd, user.Arguments[argument].Type, start, sum);
            address.DebugId = access.DebugId;
            tail.Insert(tail.Values.IndexOf(access), address);
            user.Arguments[argument] = address;
            if (user.Op is not (Op.Copy or Op.Zero or Op.Phi)) user.Immediate = 0;
        }
        return true;
    }

    private static void Connect(Block from, Block to)
    {
        from.Successors.Add(to);
        to.Predecessors.Add(from);
    }

    /// <summary>How many bytes are accessed behind each phi of addresses.</summary>
    private Dictionary<Value, long> Reaches()
    {
        Dictionary<Value, long> reaches = [];
        foreach (Value value in function.Blocks.SelectMany(static b => b.Values).Where(static v => v.Core is null))
        {
            if (value.Op is Op.Load or Op.Store or (>= Op.AtomicAdd and <= Op.AtomicCompareExchange)) Add(value.Arguments[0], value.Immediate + value.Access.Size());
            else if (value.Op is Op.Zero or Op.Copy) value.Arguments.ForEach(a => Add(a, value.Immediate));
        }
        return reaches;

        void Add(Value address, long bytes)
        {
            for (; address.Op == Op.PtrAdd && address.Arguments.Count == 1 && address.Core is null; address = address.Arguments[0]) bytes += address.Immediate;
            if (address.Op == Op.Phi) reaches[address] = Math.Max(bytes, reaches.TryGetValue(address, out long known) ? known : 0);
        }
    }

    private void Find(Value place, Value user, int argument, long offset, long size)
    {
        List<Value> parts = [];
        ulong least = 0, most = 0;
        bool isKnown = true;
        Value start = user.Arguments[argument];
        for (; start.Op == Op.PtrAdd && FrameVariable(function, start) is null; start = start.Arguments[0])
        {
            if (start.Core is not null) return;
            offset += start.Immediate;
            if (start.Arguments.Count == 1) continue;
            ValueRange range = _added[start];
            isKnown &= range.UMax <= LargestKnown;
            least += range.UMin;
            most += range.UMax;
            parts.Add(start.Arguments[1]);
        }
        if (parts.Count == 0 || SizeBehind(start) is not { } whole || whole < size) return;
        if (isKnown && (long)least + offset >= 0 && (long)most + offset + size <= whole) return;
        // One part alone is what the program itself has compared, with a number that every verifier knows; but none does where that is in a callback's frame, or says how far a
        // loop has moved the address on (see PhiAddresses).
        if (!isKnown && parts.Count == 1 && followsAll && start.Op != Op.PtrAdd && parts[0].Op != Op.Phi) return;
        _found.Add(new Open(place, user, argument, start, parts, offset, whole - size));
    }

    private long? SizeBehind(Value start) => FrameVariable(function, start) ?? SizeBehind(function, module, start);

    /// <summary>The bytes of a variable in the frame of an outlined loop, if a value is its address; else null.</summary>
    private static long? FrameVariable(Function function, Value address) =>
        function.IsLoopBody && address is { Op: Op.PtrAdd, Arguments.Count: 1 } && address.Arguments[0] is { Op: Op.Parameter, Immediate: 1 } && function.FrameVariables.TryGetValue(address.Immediate, out int size) ? size : null;

    /// <summary>The bytes behind an address; null if that is not known.</summary>
    internal static long? SizeBehind(Function function, Module? module, Value start) => start.Op switch
    {
        Op.SlotAddress => function.Slots[(int)start.Immediate].Size,
        Op.GlobalAddress => module?.Globals.FirstOrDefault(g => g.Name == start.Symbol)?.Size - start.Immediate,
        Op.CallHelper when start.Immediate == Lookup && start.Arguments[0].Op == Op.MapAddress => module?.Maps.FirstOrDefault(m => m.Name == start.Arguments[0].Symbol)?.ValueSize,
        _ => null,
    };

    /// <summary>Whether a record of a ring buffer may be held: a fault in between would not give it back.</summary>
    private bool HoldsReservations() => module is null
        || module.Functions.Exists(static f => f.Blocks.Exists(static b => b.Values.Exists(static v => v.Op == Op.CallHelper && v.Immediate == Reserve)));
}
