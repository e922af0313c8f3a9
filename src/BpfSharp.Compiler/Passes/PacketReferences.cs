using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Calls that have to be inlined for the sake of packets: only the program itself has the packet's end, which an element at a place that varies is compared with
/// (see <see cref="PacketChecks"/>). Such a reference goes to a function as an argument, or in memory: a field of a <c>ref struct</c>.
/// </summary>
/// <param name="module">The module whose calls are inlined.</param>
internal sealed class PacketReferences(Module module)
{
    private readonly bool _hasPackets = module.Functions.Exists(static f => f.Blocks.Exists(static b => b.Values.Exists(static v => v is { Op: Op.Load, Type.Region: Region.Packet })));
    private readonly Dictionary<Function, (bool Follows, bool Keeps)> _memory = [];

    /// <summary>Whether a call has to be inlined.</summary>
    internal bool NeedsInlining(Value call, Function callee)
    {
        if (!_hasPackets || callee.IsGlobal) return false;
        Function caller = call.Block!.Function;
        HashSet<long> slots = [.. call.Arguments.Where(static a => a.Op == Op.SlotAddress).Select(static a => a.Immediate)];
        IEnumerable<Value> kept = slots.Count == 0 ? [] : caller.Blocks.SelectMany(static b => b.Values)
            .Where(v => v.Op == Op.Store && PacketChecks.Base(v.Arguments[0]).Start is { Op: Op.SlotAddress } slot && slots.Contains(slot.Immediate)).Select(static v => v.Arguments[1]);
        Value[] packets = [.. call.Arguments.Concat(kept).Where(static v => v.Type.Region == Region.Packet)];
        if (packets.Length > 0 && (packets.Any(PacketChecks.Varies) || callee.Blocks.Exists(static b => b.Values.Exists(static v => v is { Op: Op.PtrAdd, Arguments.Count: 2 } && !IsOwn(v)))))
            return true;
        return MemoryOf(callee).Follows && call.Arguments.Exists(a => MayLeadToPackets(caller, a));
    }

    /// <summary>Whether a function may be given such references, as far as is known while variables are still in memory.</summary>
    internal bool MayBeGiven(Value call, Function callee) => _hasPackets && !callee.IsGlobal
        && call.Arguments.Exists(a => a.Type.IsPointer && (a.Type.Region is Region.Packet or Region.Unknown || MemoryOf(callee).Follows));

    /// <summary>Whether a function takes such references out of memory that it may be given, or puts some there.</summary>
    internal bool MayFollow(Value call, Function callee) => _hasPackets && !callee.IsGlobal && (MemoryOf(callee).Follows || MemoryOf(callee).Keeps) && call.Arguments.Exists(static a => a.Type.IsPointer);

    /// <summary>Whether what a number is added to is the function's own: its stack, a global, what a helper gave.</summary>
    private static bool IsOwn(Value pointer)
    {
        while (pointer.Op == Op.PtrAdd) pointer = pointer.Arguments[0];
        return pointer.Op is Op.SlotAddress or Op.GlobalAddress or Op.CallHelper or Op.CallKernel;
    }

    /// <summary>Whether a function reads references from memory that it was given, and whether it puts some there.</summary>
    private (bool Follows, bool Keeps) MemoryOf(Function function)
    {
        if (_memory.TryGetValue(function, out (bool Follows, bool Keeps) known)) return known;
        bool follows = false, keeps = false;
        foreach (Value value in function.Blocks.SelectMany(static b => b.Values))
        {
            follows |= value is { Op: Op.Load, Type: { IsPointer: true, Region: Region.Unknown or Region.Packet }, Core: null } && IsGiven(value.Arguments[0]);
            keeps |= value.Op == Op.Store && value.Arguments[1] is { Type.IsPointer: true, Op: not Op.Const } && IsGiven(value.Arguments[0]);
        }
        _memory.Add(function, (follows, keeps));
        return (follows, keeps);
    }

    private static bool IsGiven(Value address) => !IsOwn(address) && address.Type.Region == Region.Unknown;

    /// <summary>Whether there may be references behind a pointer to places of packets that vary, as far as the caller can see: it sees only what it does itself.</summary>
    private bool MayLeadToPackets(Function caller, Value pointer)
    {
        HashSet<long> seen = [];
        Stack<Value> work = new([pointer]);
        while (work.Count > 0)
        {
            Value start = PacketChecks.Base(work.Pop()).Start;
            if (!start.Type.IsPointer) continue;
            if (start.Op != Op.SlotAddress)
            {
                if (start.Type.Region == Region.Unknown) return true;
                continue;
            }
            if (!seen.Add(start.Immediate)) continue;
            foreach (Value value in caller.Blocks.SelectMany(static b => b.Values))
            {
                bool leads = value.Op switch
                {
                    Op.Store => IsIn(value.Arguments[0]) && value.Arguments[1] is { Type.IsPointer: true, Op: not Op.Const } kept
                        && (kept.Type.Region == Region.Unknown || kept.Type.Region == Region.Packet && PacketChecks.Varies(kept)),
                    Op.CallFunction => value.Arguments.Exists(IsIn) && module.FindFunction(value.Symbol!) is { } callee && MemoryOf(callee).Keeps,
                    _ => false,
                };
                if (leads) return true;
                if (value.Op == Op.Copy && IsIn(value.Arguments[0])) work.Push(value.Arguments[1]);
            }

            bool IsIn(Value address) => PacketChecks.Base(address).Start is { Op: Op.SlotAddress } slot && slot.Immediate == start.Immediate;
        }
        return false;
    }
}
