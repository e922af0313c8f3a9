using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Lets a block whose end decides the branch of its successor jump to that branch's target: what is left of inlined functions that return a
/// bool, and of conditions that are asked twice. A loop's header is passed by only where all ways into the loop go to one place behind it: then the
/// loop is entered there, still at one place, and its condition stands at its end.
/// </summary>
internal static class JumpThread
{
    private const int Rounds = 4;

    /// <summary>So many operations are copied to get around a branch.</summary>
    private const int LargestCopy = 6;

    internal static void Run(Function function, PassContext context) => Run(function);

    /// <summary>Runs it.</summary>
    /// <returns>Whether anything changed.</returns>
    internal static bool Run(Function function)
    {
        bool any = false;
        int limit = (2 * function.ValueCount) + 1000;
        for (int round = 0; round < Rounds && function.ValueCount < limit; round++)
        {
            if (!new Threader(function, turnsLoops: round == 0).Run()) break;
            CfgCleanup.Run(function);
            TrivialPhis.Remove(function);
            Fold.Run(function);
            CfgCleanup.Run(function);
            any = true;
        }
        if (any) PointerRegions.Infer(function);
        return any;
    }

    private sealed class Threader(Function function, bool turnsLoops)
    {
        private readonly Users _users = new(function);

        internal bool Run()
        {
            bool changed = false;
            foreach ((Block block, List<Block> back) in Candidates())
            {
                if (!IsShort(block)) continue;
                List<(Block From, Block To)> threads = [];
                foreach (Block predecessor in block.Predecessors)
                {
                    if (back.Contains(predecessor) || Outcome(block, predecessor) is not { } holds) continue;
                    Block target = block.Successors[holds ? 0 : 1];
                    if (target != block) threads.Add((predecessor, target));
                }
                if (threads.Count == 0) continue;
                if (back.Count > 0 && (threads.Count + back.Count < block.Predecessors.Count || threads.Exists(t => t.To != threads[0].To))) continue;
                new ThreadedBlock(function, block, _users).Thread(threads);
                changed = true;
            }
            return changed;
        }

        /// <summary>The blocks that end in a branch, each with the predecessors that come back to it: a loop's header has some.</summary>
        private List<(Block Block, List<Block> Back)> Candidates()
        {
            List<Block> order = ControlFlow.ReversePostorder(function);
            int[] number = new int[function.BlockCount];
            for (int i = 0; i < order.Count; i++) number[order[i].Id] = i;
            List<(Block, List<Block>)> candidates = [];
            foreach (Block block in order)
            {
                if (block == function.Entry || block.Terminator.Op != Op.Branch) continue;
                List<Block> back = block.Predecessors.FindAll(p => number[p.Id] >= number[block.Id]);
                if (back.Count == 0 || turnsLoops) candidates.Add((block, back));
            }
            return candidates;
        }

        private static bool IsShort(Block block)
        {
            int count = 0;
            foreach (Value value in block.Values)
            {
                if (value.Op == Op.Phi || value.Op.Has(OpTraits.Terminator)) continue;
                if (!value.Op.IsPure() || value.Op == Op.Opaque) return false;
                if (value.Arguments.Count > 0 && ++count > LargestCopy) return false;
            }
            return true;
        }

        /// <summary>Where a block's branch goes when it is entered from <paramref name="from"/>; null if that is not known.</summary>
        private static bool? Outcome(Block block, Block from)
        {
            Value condition = block.Terminator.Arguments[0];
            int edge = block.Predecessors.IndexOf(from);
            if (Constant(condition, block, edge, 4) is { } constant) return constant != 0;
            Value arriving = Arriving(condition, block, edge);
            if (arriving.Block != block && EdgeConditions.OnEdge(arriving, from, block) is { } known) return known;
            if (condition is not { Op: Op.Eq or Op.Ne } || !condition.Arguments[0].Type.IsPointer || condition.Block != block) return null;
            Value left = Arriving(condition.Arguments[0], block, edge), right = Arriving(condition.Arguments[1], block, edge);
            if (right is not { Op: Op.Const }) return null;
            if (left.Op == Op.Const) return condition.Op == Op.Eq;
            return EdgeConditions.IsNonNull(left, from, block) ? condition.Op == Op.Ne : null;
        }

        private static Value Arriving(Value value, Block block, int edge) => value.Op == Op.Phi && value.Block == block ? value.Arguments[edge] : value;

        private static long? Constant(Value value, Block block, int edge, int depth)
        {
            value = Arriving(value, block, edge);
            if (value.Op == Op.Const) return value.Core is null && !value.Type.IsPointer ? value.Immediate : null;
            if (value.Block != block || depth == 0 || value.Op == Op.Phi || value.Arguments.Count is 0 or > 2) return null;
            if (Constant(value.Arguments[0], block, edge, depth - 1) is not { } a) return null;
            long b = 0;
            if (value.Arguments.Count > 1)
            {
                if (Constant(value.Arguments[1], block, edge, depth - 1) is not { } second) return null;
                b = second;
            }
            return ConstantFolder.TryFold(value.Op, value.Type, value.Arguments[0].Type, a, b, out long result) ? result : null;
        }
    }
}
