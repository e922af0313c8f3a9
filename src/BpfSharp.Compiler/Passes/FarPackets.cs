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
    internal const long MostMoved = short.MaxValue;

    /// <summary>What the verifier follows, with room for what is read behind.</summary>
    private const long MostFollowed = ushort.MaxValue - 1024;

    /// <summary>The rounds that a loop is taken to have of which nothing is known.</summary>
    private const long ManyRounds = 1024;

    internal static void Run(Function function, PassContext context) => Run(function);

    /// <summary>Runs it.</summary>
    /// <returns>Whether a cursor is moved another way.</returns>
    internal static bool Run(Function function) => MoveFar(function) | LoopMoves.Run(function);

    private static bool MoveFar(Function function)
    {
        List<Value> moves = [.. function.Blocks.SelectMany(static b => b.Values).Where(static v => PacketChecks.IsVariable(v))];
        if (moves.Count < 2 && !moves.Exists(static m => ControlFlow.IsInLoop(m.Block!))) return false;
        HashSet<Block> inLoops = ControlFlow.InLoops(function);
        HashSet<Value> again = [];
        bool[] addressed = IndexChains.Find(function, throughPhis: true);
        Distance? distance = null;
        foreach (Value move in moves)
        {
            // What was found on the way to one move holds for the next, but where it went through a loop.
            if (distance is null || inLoops.Count > 0) distance = new Distance(again, inLoops, addressed);
            // From the first on: behind a cursor that was moved from the start there is room again.
            if (distance.Of(move) <= MostFollowed || !MoveFromStart(function, move)) continue;
            again.Add(move);
            distance = null;
        }
        return again.Count > 0;
    }

    /// <summary>Moves a cursor on from the packet's start, where the packet reaches so far.</summary>
    internal static bool MoveFromStart(Function function, Value move)
    {
        Block block = move.Block!;
        if (block.Terminator is not { Op: Op.Branch } branch || branch.Arguments[0] is not { Op: Op.ULe } fits || fits.Block != block
            || fits.Arguments[1].Type.Region != Region.PacketEnd || PacketChecks.Base(fits.Arguments[0]).Start != move) return false;
        Block inside = block.Successors[0], outside = block.Successors[1];
        DominatorTree dominators = new(function);
        Value? start = StartFor(block, dominators);
        int index = block.Values.IndexOf(move);
        HashSet<Value> behind = [.. block.Values.Skip(index)];
        if (start is null || start.Block == block && behind.Contains(start) || !IsOnlyUsedInside(function, behind, block, inside, dominators)) return false;
        int edge = outside.Predecessors.IndexOf(block);
        Value[] phis = [.. outside.Phis.Select(p => p.Arguments[edge])];
        BlockSplitting.Split(block, index);
        Emitter emit = new(function);
        emit.At(block, move.DebugId);
        Value first = Again(emit, start);
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

    /// <summary>Where the packet's start is loaded on the way to a block.</summary>
    internal static Value? StartFor(Block block, DominatorTree dominators) => block.Function.Blocks.SelectMany(static b => b.Values)
        .FirstOrDefault(v => v is { Op: Op.Load, Type.Region: Region.Packet } && IsStart(v) && dominators.Dominates(v.Block!, block));

    internal static Value Again(Emitter emit, Value load)
    {
        Value copy = load.Block!.Function.NewValue(Op.Load, load.Type, load.Arguments[0]);
        (copy.Access, copy.Immediate, copy.Alignment) = (load.Access, load.Immediate, load.Alignment);
        return emit.Put(copy);
    }

    /// <summary>Whether the packet's start is loaded: from the context, or from the frame of an outlined loop.</summary>
    private static bool IsStart(Value load) => load.Arguments[0] is { Op: Op.Parameter } from
        && (from.Type.Region == Region.Context || from.Immediate == 1 && load.Immediate == load.Block!.Function.PacketStartOffset);

    /// <summary>How often a loop can go round: the most that any counter of it is compared with.</summary>
    internal static long Rounds(Block head)
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
    private sealed class Distance(HashSet<Value> fromStart, HashSet<Block> inLoops, bool[] addressed)
    {
        private readonly Dictionary<(Value Pointer, Value? From), long?> _known = [];
        private readonly List<(Value Pointer, Value? From)> _order = [];
        private long? _found;

        internal long Of(Value pointer)
        {
            // What a search asks for is found before it goes on. They are not called by each other: one waits for the next as often as there are moves.
            Stack<IEnumerator<(Value Pointer, Value? From)>> searches = new([Way(pointer, null)]);
            while (searches.Count > 0)
            {
                if (searches.Peek().MoveNext()) searches.Push(Way(searches.Peek().Current.Pointer, searches.Peek().Current.From));
                else searches.Pop().Dispose();
            }
            return _found ?? 0;
        }

        /// <summary>Finds the longest way from a value to a pointer, or from the packet's start; null if there is none. It gives the ways that it has to know before.</summary>
        private IEnumerator<(Value Pointer, Value? From)> Way(Value pointer, Value? from)
        {
            if (pointer == from)
            {
                _found = 0;
            }
            else if (_known.TryGetValue((pointer, from), out long? known))
            {
                _found = known;
            }
            else if (fromStart.Contains(pointer))
            {
                Keep(pointer, from, from is null ? MostMoved : null);
            }
            else if (pointer.Op == Op.PtrAdd)
            {
                yield return (pointer.Arguments[0], from);
                Keep(pointer, from, _found is { } way ? Math.Min(way + By(pointer), int.MaxValue) : null);
            }
            else if (pointer is not { Op: Op.Phi, Type.Region: Region.Packet })
            {
                Keep(pointer, from, from is null ? 0 : null);
            }
            else
            {
                int mark = _order.Count;
                // There is no way to it through itself. What else is found on the way back lacks the rounds.
                Keep(pointer, from, null);
                long? most = null, round = null;
                foreach (Value argument in pointer.Arguments)
                {
                    yield return (argument, from);
                    most = Most(most, _found);
                }
                for (int i = mark; i < _order.Count; i++) _known.Remove(_order[i]);
                _order.RemoveRange(mark, _order.Count - mark);
                Keep(pointer, from, most);
                if (most is null || !inLoops.Contains(pointer.Block!)) yield break;
                foreach (Value argument in pointer.Arguments)
                {
                    yield return (argument, pointer);
                    round = Most(round, _found);
                }
                Keep(pointer, from, Math.Min(most.Value + (round ?? 0) * Rounds(pointer.Block!), int.MaxValue));
            }
        }

        private void Keep(Value pointer, Value? from, long? way)
        {
            _known[(pointer, from)] = _found = way;
            _order.Add((pointer, from));
        }

        private static long? Most(long? a, long? b) => a is null ? b : b is null ? a : Math.Max(a.Value, b.Value);

        private long By(Value add) => add.Arguments.Count == 1 ? Math.Max(add.Immediate, 0) : (long)Math.Min(KnownBits.Possible(add.Arguments[1], addressed), (ulong)MostMoved);
    }
}
