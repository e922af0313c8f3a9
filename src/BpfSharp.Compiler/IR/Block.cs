namespace BpfSharp.Compiler.IR;

/// <summary>
/// A basic block: phis first, then operations, then one terminator. Edges are kept on both sides; a block is never twice
/// the successor of the same block.
/// </summary>
public sealed class Block
{
    internal Block(Function function, int id)
    {
        Function = function;
        Id = id;
    }

    /// <summary>The function it is in.</summary>
    public Function Function { get; }

    /// <summary>Unique in its function.</summary>
    public int Id { get; }

    /// <summary>Phis, operations, terminator.</summary>
    public List<Value> Values { get; } = [];

    /// <summary>The blocks it can go to, in the terminator's order. Changed through <see cref="Block"/>'s methods only.</summary>
    public List<Block> Successors { get; } = [];

    /// <summary>The blocks it is reached from; phis have their arguments in this order.</summary>
    public List<Block> Predecessors { get; } = [];

    /// <summary>Whether it ends in a terminator yet.</summary>
    public bool IsTerminated => Values.Count > 0 && Values[Values.Count - 1].Op.Has(OpTraits.Terminator);

    /// <summary>The terminator.</summary>
    public Value Terminator => IsTerminated ? Values[Values.Count - 1] : throw new InvalidOperationException($"b{Id} has no terminator.");

    /// <summary>The phis, which stand first.</summary>
    public IEnumerable<Value> Phis => Values.TakeWhile(static v => v.Op == Op.Phi);

    /// <summary>Appends a value.</summary>
    public Value Append(Value value)
    {
        value.Block = this;
        Values.Add(value);
        return value;
    }

    /// <summary>Inserts a value at a place.</summary>
    public Value Insert(int index, Value value)
    {
        value.Block = this;
        Values.Insert(index, value);
        return value;
    }

    /// <summary>Ends the block with <paramref name="terminator"/>, which goes to <paramref name="successors"/>. New edges get no phi arguments yet.</summary>
    public void Terminate(Value terminator, params Block[] successors)
    {
        if (IsTerminated) throw new InvalidOperationException($"b{Id} has a terminator.");
        if (successors.Length == 2 && successors[0] == successors[1])
        {
            terminator.Op = Op.Jump;
            terminator.Arguments.Clear();
            successors = [successors[0]];
        }
        Append(terminator);
        foreach (Block successor in successors)
        {
            Successors.Add(successor);
            successor.Predecessors.Add(this);
        }
    }

    /// <summary>Takes the terminator off, and with it the edges and their phi arguments in the successors.</summary>
    public void RemoveTerminator()
    {
        if (!IsTerminated) return;
        foreach (Block successor in Successors) successor.RemovePredecessor(this);
        Successors.Clear();
        Terminator.Block = null;
        Values.RemoveAt(Values.Count - 1);
    }

    /// <summary>Replaces the terminator; edges that stay keep their phi arguments, those that go lose them.</summary>
    public void ReplaceTerminator(Value terminator, params Block[] successors)
    {
        if (successors.Length == 2 && successors[0] == successors[1])
        {
            terminator.Op = Op.Jump;
            terminator.Arguments.Clear();
            successors = [successors[0]];
        }
        foreach (Block old in Successors)
        {
            if (!successors.Contains(old)) old.RemovePredecessor(this);
        }
        foreach (Block successor in successors)
        {
            if (!Successors.Contains(successor)) successor.Predecessors.Add(this);
        }
        Successors.Clear();
        Successors.AddRange(successors);
        Values[Values.Count - 1].Block = null;
        Values.RemoveAt(Values.Count - 1);
        Append(terminator);
    }

    /// <summary>
    /// Makes the edge to <paramref name="from"/> go to <paramref name="to"/> instead. Phi arguments of <paramref name="from"/> for it are removed;
    /// the caller adds those of <paramref name="to"/>, in the order of its predecessors (the new one is the last).
    /// </summary>
    public void RedirectSuccessor(Block from, Block to)
    {
        if (Successors.Contains(to)) throw new InvalidOperationException($"b{to.Id} is a successor of b{Id} already.");
        Successors[Successors.IndexOf(from)] = to;
        from.RemovePredecessor(this);
        to.Predecessors.Add(this);
    }

    /// <summary>Replaces a predecessor in place, keeping its phi arguments; used when an edge is split.</summary>
    public void ReplacePredecessor(Block from, Block to) => Predecessors[Predecessors.IndexOf(from)] = to;

    /// <summary>Removes a predecessor and its phi arguments.</summary>
    public void RemovePredecessor(Block predecessor)
    {
        int index = Predecessors.IndexOf(predecessor);
        Predecessors.RemoveAt(index);
        foreach (Value phi in Phis) phi.Arguments.RemoveAt(index);
    }

    /// <inheritdoc/>
    public override string ToString() => $"b{Id}";
}
