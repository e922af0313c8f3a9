using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Simplifies the control-flow graph: removes unreachable and empty blocks, decides branches on constants, joins blocks that follow each
/// other, and shares the blocks that only fault or return the same value. Blocks with loads and stores are never merged with each other.
/// </summary>
internal static class CfgCleanup
{
    internal static void Run(Function function, PassContext context) => Run(function);

    /// <summary>Runs it.</summary>
    /// <returns>Whether anything changed.</returns>
    internal static bool Run(Function function)
    {
        bool any = false;
        bool changed = true;
        while (changed)
        {
            changed = ControlFlow.RemoveUnreachable(function);
            changed |= DecideBranches(function);
            changed |= RemoveEmptyBlocks(function);
            changed |= ShareExits(function);
            changed |= JoinBlocks(function);
            changed |= TrivialPhis.Remove(function);
            any |= changed;
        }
        return any;
    }

    private static bool DecideBranches(Function function)
    {
        bool changed = false;
        foreach (Block block in function.Blocks)
        {
            if (!block.IsTerminated || block.Terminator is not { Op: Op.Branch } branch || branch.Arguments[0] is not { Op: Op.Const, Core: null }) continue;
            Block target = block.Successors[branch.Arguments[0].Immediate != 0 ? 0 : 1];
            block.ReplaceTerminator(Jump(function, branch), target);
            changed = true;
        }
        return changed && (ControlFlow.RemoveUnreachable(function) | true);
    }

    private static bool RemoveEmptyBlocks(Function function)
    {
        bool changed = false;
        HashSet<Block> removed = [];
        foreach (Block block in function.Blocks)
        {
            if (block == function.Entry || block.Values.Count != 1 || block.Values[0].Op != Op.Jump) continue;
            Block target = block.Successors[0];
            if (target == block) continue;
            foreach (Block predecessor in block.Predecessors.ToArray()) changed |= TryBypass(function, predecessor, block, target);
            if (block.Predecessors.Count > 0) continue;
            target.RemovePredecessor(block);
            block.Successors.Clear();
            removed.Add(block);
        }
        function.Blocks.RemoveAll(removed.Contains);
        return changed;
    }

    /// <summary>Lets <paramref name="predecessor"/> go to <paramref name="target"/> directly, where the phis there allow it.</summary>
    private static bool TryBypass(Function function, Block predecessor, Block block, Block target)
    {
        int through = target.Predecessors.IndexOf(block);
        int direct = target.Predecessors.IndexOf(predecessor);
        if (direct < 0)
        {
            predecessor.RedirectSuccessor(block, target);
            foreach (Value phi in target.Phis) phi.Arguments.Add(phi.Arguments[through]);
            return true;
        }
        if (!target.Phis.All(p => p.Arguments[through] == p.Arguments[direct])) return false;
        predecessor.ReplaceTerminator(Jump(function, predecessor.Terminator), target);
        return true;
    }

    /// <summary>Blocks that do nothing but fault, or return one and the same value, become one.</summary>
    private static bool ShareExits(Function function)
    {
        Dictionary<(Op, TypeKind, long), Block> exits = [];
        List<(Block Block, Block Shared)> shared = [];
        foreach (Block block in function.Blocks)
        {
            if (block == function.Entry || ExitKey(block) is not { } key) continue;
            if (exits.TryGetValue(key, out Block? first)) shared.Add((block, first));
            else exits[key] = block;
        }
        foreach ((Block block, Block to) in shared)
        {
            foreach (Block predecessor in block.Predecessors.ToArray())
            {
                if (predecessor.Successors.Contains(to)) predecessor.ReplaceTerminator(Jump(function, predecessor.Terminator), to);
                else predecessor.RedirectSuccessor(block, to);
            }
            foreach (Value value in block.Values) value.Block = null;
        }
        if (shared.Count == 0) return false;
        HashSet<Block> gone = [.. shared.Select(static s => s.Block)];
        function.Blocks.RemoveAll(gone.Contains);
        return true;
    }

    private static (Op, TypeKind, long)? ExitKey(Block block)
    {
        List<Value> values = block.Values;
        Value last = values[values.Count - 1];
        if (last.Op is Op.Fault or Op.Unreachable && values.Count == 1) return (last.Op, TypeKind.Void, 0);
        if (last.Op != Op.Return) return null;
        if (values.Count == 1)
        {
            // A value's number, in a range that constants of type void do not use.
            return last.Arguments.Count == 0 ? (Op.Return, TypeKind.Void, -1) : (Op.Return, TypeKind.Void, last.Arguments[0].Id);
        }
        return values.Count == 2 && values[0] is { Op: Op.Const, Core: null } && last.Arguments.Count == 1 && last.Arguments[0] == values[0]
            ? (Op.Return, values[0].Type.Kind, values[0].Immediate) : null;
    }

    private static bool JoinBlocks(Function function)
    {
        Replacements replacements = new(function);
        HashSet<Block> joined = [];
        foreach (Block block in ControlFlow.ReversePostorder(function))
        {
            if (joined.Contains(block)) continue;
            while (block.Successors.Count == 1 && block.Successors[0] is var next && next.Predecessors.Count == 1 && next != block && next != function.Entry)
            {
                foreach (Value phi in next.Phis) replacements.Replace(phi, phi.Arguments[0]);
                block.Terminator.Block = null;
                block.Values.RemoveAt(block.Values.Count - 1);
                foreach (Value value in next.Values)
                {
                    if (value.Block is not null) block.Append(value);
                }
                block.Successors.Clear();
                block.Successors.AddRange(next.Successors);
                foreach (Block successor in next.Successors) successor.ReplacePredecessor(next, block);
                joined.Add(next);
            }
        }
        if (joined.Count == 0) return false;
        function.Blocks.RemoveAll(joined.Contains);
        replacements.Apply();
        return true;
    }

    /// <summary>A jump in the place of a terminator.</summary>
    private static Value Jump(Function function, Value terminator)
    {
        Value jump = function.NewValue(Op.Jump, IrType.Void);
        jump.DebugId = terminator.DebugId;
        return jump;
    }
}
