using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Cursors that a loop moves on. The verifier tells apart what is at different distances from the packet's start: it never sees a round of an iterator that is like one before, and of
/// a loop that moves a cursor in several ways it follows each combination of them. So what such a loop moves goes on from the packet's start, by a number that the verifier does not
/// know, compared with the most that a cursor is moved at once.
/// </summary>
internal static class LoopMoves
{
    /// <summary>What is behind a loop of fewer rounds may be followed once for each of them.</summary>
    private const long FewRounds = 8;

    /// <summary>Runs it.</summary>
    /// <returns>Whether a cursor is moved another way.</returns>
    internal static bool Run(Function function)
    {
        HashSet<Value> done = [];
        while (Find(function, done) is { } move) Rewrite(function, move);
        return done.Count > 0;
    }

    private static Value? Find(Function function, HashSet<Value> done)
    {
        DominatorTree dominators = new(function);
        foreach (Block head in dominators.ReversePostorder)
        {
            foreach (Value phi in head.Phis.Where(static p => p.Type.Region == Region.Packet))
            {
                HashSet<Block> loop = ControlFlow.LoopOf(head, dominators);
                if (loop.Count == 0) continue;
                (List<Value> moves, bool isOneWay) = Moves(phi, loop);
                bool isIterator = loop.Any(static b => b.Values.Exists(static v => v is { Op: Op.CallKernel, Symbol: KernelFunctions.NextNumber }));
                if (isOneWay && !isIterator && !(FarPackets.Rounds(head) > FewRounds && moves.Append(phi).Any(m => IsUsedBehind(function, m, loop)))) continue;
                if (moves.Find(m => done.Add(m) && IsCompared(m, dominators)) is { } move) return move;
            }
        }
        return null;
    }

    private static bool IsUsedBehind(Function function, Value cursor, HashSet<Block> loop) =>
        function.Blocks.Exists(b => !loop.Contains(b) && b.Values.Exists(v => v.Arguments.Contains(cursor)));

    /// <summary>What a loop moves a cursor to, and whether it does in one way only.</summary>
    private static (List<Value> Moves, bool IsOneWay) Moves(Value phi, HashSet<Block> loop)
    {
        List<Value> moves = [];
        bool staysSometimes = false;
        HashSet<Value> seen = [phi];
        Stack<Value> work = new(phi.Arguments.Where((_, i) => loop.Contains(phi.Block!.Predecessors[i])));
        while (work.Count > 0)
        {
            Value value = work.Pop();
            staysSometimes |= value == phi;
            if (!seen.Add(value) || value.Block is not { } block || !loop.Contains(block)) continue;
            if (value.Op == Op.PtrAdd && value.Core is null) moves.Add(value);
            else if (value.Op == Op.Phi) foreach (Value argument in value.Arguments) work.Push(argument);
        }
        return (moves, moves.Count + (staysSometimes ? 1 : 0) <= 1);
    }

    private static bool IsCompared(Value move, DominatorTree dominators)
    {
        Block block = move.Block!;
        return !PacketChecks.IsVariable(move) && Comparison(move) is { } branch && branch.Block!.Successors[0] != branch.Block.Successors[1] && FarPackets.StartFor(block, dominators) is not null;
    }

    private static Value? Comparison(Value move) => move.Block!.Function.Blocks.Where(static b => b.Terminator.Op == Op.Branch).Select(static b => b.Terminator)
        .FirstOrDefault(b => b.Arguments[0] is { Op: Op.ULe } fits && fits.Arguments[0] == move && fits.Arguments[1].Type.Region == Region.PacketEnd);

    private static void Rewrite(Function function, Value move)
    {
        Block from = Comparison(move)!.Block!, inside = from.Successors[0], outside = from.Successors[1];
        Value start = FarPackets.StartFor(from, new DominatorTree(function))!;
        Block near = BlockSplitting.InsertAfter(from), middle = BlockSplitting.InsertAfter(from);
        from.Successors[0] = middle;
        middle.Predecessors.Add(from);
        inside.ReplacePredecessor(from, near);
        Emitter emit = new(function);
        emit.At(middle, move.DebugId);
        Value first = FarPackets.Again(emit, start);
        Value number = emit.Add(Op.PtrDiff, IrType.I64, move, first);
        Value fits = emit.Add(Op.ULe, IrType.I32, number, emit.Const(IrType.I64, FarPackets.MostMoved));
        int edge = outside.Predecessors.IndexOf(from);
        middle.Terminate(PacketChecks.New(function, Op.Branch, move, fits), near, outside);
        foreach (Value phi in outside.Phis) phi.Arguments.Add(phi.Arguments[edge]);
        emit.At(near, move.DebugId);
        Value moved = emit.Add(Op.PtrAdd, move.Type, first, number);
        near.Terminate(PacketChecks.New(function, Op.Jump, move));
        near.Successors.Add(inside);
        DominatorTree dominators = new(function);
        foreach (Block block in function.Blocks)
        {
            foreach (Value phi in block.Phis)
            {
                for (int i = 0; i < phi.Arguments.Count; i++)
                {
                    if (phi.Arguments[i] == move && dominators.Dominates(near, block.Predecessors[i])) phi.Arguments[i] = moved;
                }
            }
        }
    }
}
