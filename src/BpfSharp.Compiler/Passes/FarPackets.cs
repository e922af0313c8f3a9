using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Cursors that were moved far. The verifier adds up by how much a packet pointer may have moved in all, and where that is more than 65,535 bytes no comparison with the
/// packet's end tells it anything. So where the sum may be as much, a cursor is moved on from the packet's start, by the bytes from there, which are compared with a limit
/// once more: as far as a cursor is moved at once.
/// </summary>
internal static class FarPackets
{
    /// <summary>How far a cursor is moved at once, or in all where that has to be compared.</summary>
    private const long MostMoved = short.MaxValue;

    /// <summary>What the verifier follows, with room for what is read behind.</summary>
    private const long MostFollowed = ushort.MaxValue - 1024;

    /// <summary>The rounds that a loop is taken to have of which nothing is known.</summary>
    private const long ManyRounds = 1024;

    internal static void Run(Function function, PassContext context) => Run(function);

    /// <summary>Runs it.</summary>
    /// <returns>Whether a cursor is moved another way.</returns>
    internal static bool Run(Function function)
    {
        List<Value> moves = [.. function.Blocks.SelectMany(static b => b.Values).Where(static v => PacketChecks.IsVariable(v))];
        if (moves.Count < 2 && !moves.Exists(static m => ControlFlow.IsInLoop(m.Block!))) return false;
        HashSet<Value> again = [];
        foreach (Value move in moves)
        {
            // From the first on: behind a cursor that was moved from the start there is room again.
            if (new Distance(again).Of(move) > MostFollowed && MoveFromStart(function, move)) again.Add(move);
        }
        return again.Count > 0;
    }

    private static bool MoveFromStart(Function function, Value move)
    {
        Block block = move.Block!;
        if (block.Terminator is not { Op: Op.Branch } branch || branch.Arguments[0] is not { Op: Op.ULe } fits || fits.Block != block
            || fits.Arguments[1].Type.Region != Region.PacketEnd || PacketChecks.Base(fits.Arguments[0]).Start != move) return false;
        Block inside = block.Successors[0], outside = block.Successors[1];
        DominatorTree dominators = new(function);
        Value? start = function.Blocks.SelectMany(static b => b.Values)
            .FirstOrDefault(v => v is { Op: Op.Load, Type.Region: Region.Packet } && v.Arguments[0] is { Op: Op.Parameter, Type.Region: Region.Context } && dominators.Dominates(v.Block!, block));
        int index = block.Values.IndexOf(move);
        HashSet<Value> behind = [.. block.Values.Skip(index)];
        if (start is null || start.Block == block && behind.Contains(start) || !IsOnlyUsedInside(function, behind, block, inside, dominators)) return false;
        int edge = outside.Predecessors.IndexOf(block);
        Value[] phis = [.. outside.Phis.Select(p => p.Arguments[edge])];
        BlockSplitting.Split(block, index);
        Emitter emit = new(function);
        emit.At(block, move.DebugId);
        Value copy = function.NewValue(Op.Load, start.Type, start.Arguments[0]);
        (copy.Access, copy.Immediate, copy.Alignment) = (start.Access, start.Immediate, start.Alignment);
        Value first = emit.Put(copy);
        Value moved = emit.Add(Op.Add, IrType.I64, emit.Add(Op.PtrDiff, IrType.I64, move.Arguments[0], first), move.Arguments[1]);
        Value isNear = emit.Add(Op.ULe, IrType.I32, moved, emit.Const(IrType.I64, MostMoved));
        Value terminator = function.NewValue(Op.Branch, IrType.Void, isNear);
        terminator.DebugId = move.DebugId;
        block.Terminate(terminator, move.Block!, outside);
        int i = 0;
        foreach (Value phi in outside.Phis) phi.Arguments.Add(phis[i++]);
        (move.Arguments[0], move.Arguments[1]) = (first, moved);
        return true;
    }

    /// <summary>Whether what is computed from the move on is needed only where the packet reaches so far.</summary>
    private static bool IsOnlyUsedInside(Function function, HashSet<Value> values, Block block, Block inside, DominatorTree dominators)
    {
        foreach (Block user in function.Blocks)
        {
            foreach (Value value in user.Values)
            {
                for (int i = 0; i < value.Arguments.Count; i++)
                {
                    if (!values.Contains(value.Arguments[i])) continue;
                    Block at = value.Op == Op.Phi ? user.Predecessors[i] : user;
                    bool isEdgeInside = value.Op == Op.Phi && at == block && user == inside;
                    if (at == block && value.Op != Op.Phi || isEdgeInside) continue;
                    if (inside.Predecessors.Count != 1 || !dominators.Dominates(inside, at)) return false;
                }
            }
        }
        return true;
    }

    /// <summary>How far pointers may be from the packet's start, as the verifier adds it up.</summary>
    private sealed class Distance(HashSet<Value> fromStart)
    {
        private readonly Dictionary<(Value Pointer, Value? From), long?> _known = [];
        private readonly List<(Value Pointer, Value? From)> _order = [];

        internal long Of(Value pointer) => Way(pointer, null) ?? 0;

        /// <summary>The longest way from a value to a pointer, or from the packet's start; null if there is none.</summary>
        private long? Way(Value pointer, Value? from)
        {
            if (pointer == from) return 0;
            if (_known.TryGetValue((pointer, from), out long? known)) return known;
            if (fromStart.Contains(pointer)) return Keep(pointer, from, from is null ? MostMoved : null);
            if (pointer.Op == Op.PtrAdd) return Keep(pointer, from, Way(pointer.Arguments[0], from) is { } way ? Math.Min(way + By(pointer), int.MaxValue) : null);
            if (pointer is not { Op: Op.Phi, Type.Region: Region.Packet }) return Keep(pointer, from, from is null ? 0 : null);
            int mark = _order.Count;
            // There is no way to it through itself. What else is found on the way back lacks the rounds.
            Keep(pointer, from, null);
            long? most = null, round = null;
            foreach (Value argument in pointer.Arguments) most = Most(most, Way(argument, from));
            foreach ((Value, Value?) key in _order.Skip(mark)) _known.Remove(key);
            _order.RemoveRange(mark, _order.Count - mark);
            Keep(pointer, from, most);
            if (most is null) return null;
            foreach (Value argument in pointer.Arguments) round = Most(round, Way(argument, pointer));
            return Keep(pointer, from, Math.Min(most.Value + (round ?? 0) * Rounds(pointer.Block!), int.MaxValue));
        }

        private long? Keep(Value pointer, Value? from, long? way)
        {
            _known[(pointer, from)] = way;
            _order.Add((pointer, from));
            return way;
        }

        private static long? Most(long? a, long? b) => a is null ? b : b is null ? a : Math.Max(a.Value, b.Value);

        private static long By(Value add) => add.Arguments.Count == 1 ? Math.Max(add.Immediate, 0) : (long)Math.Min(KnownBits.Possible(add.Arguments[1]), (ulong)MostMoved);

        /// <summary>How often a loop can go round: the most that any counter of it is compared with.</summary>
        private static long Rounds(Block head)
        {
            long rounds = 0;
            foreach (Value counter in head.Phis.Where(static p => !p.Type.IsPointer && LoopCounters.Phi(p) == p))
            {
                foreach (Value test in head.Function.Blocks.SelectMany(static b => b.Values).Where(static v => v.Op is Op.Eq or Op.Ne or Op.ULt or Op.ULe or Op.SLt or Op.SLe))
                {
                    for (int i = 0; i < 2; i++)
                    {
                        if (test.Arguments[i] is { Op: Op.Const } end && !test.Arguments[1 - i].Type.IsPointer && LoopCounters.Phi(test.Arguments[1 - i]) == counter)
                            rounds = Math.Max(rounds, Math.Min(Math.Abs(end.Immediate), ManyRounds));
                    }
                }
            }
            return rounds == 0 ? ManyRounds : rounds;
        }
    }
}
