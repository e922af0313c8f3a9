using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>Finds which of several definitions of one variable reaches a block, and makes phis where more than one does.</summary>
internal sealed class ReachingValue(Function function, IrType type, Dictionary<Block, Value> atExit, Users users)
{
    private readonly Dictionary<Block, Value> _atEntry = [];

    /// <summary>The variable's value at the end of a block.</summary>
    internal Value AtExit(Block block) => atExit.TryGetValue(block, out Value? value) ? value : AtEntry(block);

    /// <summary>The variable's value at the start of a block.</summary>
    internal Value AtEntry(Block block)
    {
        Queue<Value> pending = new();
        Value result = Find(block, pending);
        while (pending.Count > 0)
        {
            Value phi = pending.Dequeue();
            foreach (Block predecessor in phi.Block!.Predecessors)
            {
                phi.Arguments.Add(atExit.TryGetValue(predecessor, out Value? value) ? value : Find(predecessor, pending));
            }
            users.Add(phi);
        }
        return result;
    }

    private Value Find(Block block, Queue<Value> pending)
    {
        List<Block> passed = [];
        Value? value;
        while (!_atEntry.TryGetValue(block, out value))
        {
            passed.Add(block);
            if (block.Predecessors.Count == 1)
            {
                block = block.Predecessors[0];
                if (atExit.TryGetValue(block, out value)) break;
                continue;
            }
            value = block.Predecessors.Count == 0 ? function.NewValue(Op.Const, type) : function.NewValue(Op.Phi, type);
            block.Insert(0, value);
            if (value.Op == Op.Phi) pending.Enqueue(value);
            break;
        }
        foreach (Block b in passed) _atEntry[b] = value;
        return value;
    }
}
