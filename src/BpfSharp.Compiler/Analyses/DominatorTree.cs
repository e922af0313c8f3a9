using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>
/// The reachable blocks in reverse postorder and their immediate dominators (Georgiadis, "Linear-Time Algorithms for Dominators and Related Problems": Semi-NCA, whose work
/// hardly grows faster than the graph).
/// It describes the graph as it was when it was made.
/// </summary>
public sealed class DominatorTree
{
    private readonly int[] _order;
    private readonly int[] _enter;
    private readonly int[] _leave;
    private readonly Block?[] _idom;
    private readonly List<Block>[] _children;

    /// <summary>Computes it for a function.</summary>
    public DominatorTree(Function function)
    {
        _order = new int[function.BlockCount];
        _enter = new int[function.BlockCount];
        _leave = new int[function.BlockCount];
        _idom = new Block?[function.BlockCount];
        _children = new List<Block>[function.BlockCount];
        ReversePostorder = ControlFlow.ReversePostorder(function);
        for (int i = 0; i < _order.Length; i++) _order[i] = -1;
        for (int i = 0; i < ReversePostorder.Count; i++) _order[ReversePostorder[i].Id] = i;
        ComputeDominators();
        NumberTree(function);
    }

    /// <summary>The blocks that the entry reaches, each before its successors except along back edges.</summary>
    public IReadOnlyList<Block> ReversePostorder { get; }

    /// <summary>Whether the entry reaches a block.</summary>
    public bool IsReachable(Block block) => _order[block.Id] >= 0;

    /// <summary>A block's place in <see cref="ReversePostorder"/>, -1 if it is not reached.</summary>
    public int Order(Block block) => _order[block.Id];

    /// <summary>The immediate dominator, null for the entry and unreachable blocks.</summary>
    public Block? ImmediateDominator(Block block) => _idom[block.Id];

    /// <summary>The blocks that a block dominates immediately.</summary>
    public IReadOnlyList<Block> Children(Block block) => _children[block.Id] ?? [];

    /// <summary>Whether every path to <paramref name="b"/> goes through <paramref name="a"/>; both are reachable. A block dominates itself.</summary>
    public bool Dominates(Block a, Block b) => _enter[a.Id] <= _enter[b.Id] && _leave[b.Id] <= _leave[a.Id];

    private void ComputeDominators()
    {
        // Everything by numbers in preorder: a block's parent in the tree of the search has a smaller one.
        List<Block> preorder = [];
        int[] number = new int[_order.Length];
        List<int> parent = [];
        Stack<(Block Block, int Parent)> search = new();
        search.Push((ReversePostorder[0], -1));
        while (search.Count > 0)
        {
            (Block block, int from) = search.Pop();
            if (number[block.Id] > 0) continue;
            preorder.Add(block);
            parent.Add(from);
            number[block.Id] = preorder.Count;
            for (int i = block.Successors.Count - 1; i >= 0; i--) search.Push((block.Successors[i], preorder.Count - 1));
        }

        int[] semi = [.. Enumerable.Range(0, preorder.Count)], least = [.. semi], ancestor = new int[preorder.Count], dominator = [.. parent];
        for (int i = 0; i < ancestor.Length; i++) ancestor[i] = -1;
        Stack<int> path = new();
        for (int i = preorder.Count - 1; i > 0; i--)
        {
            foreach (Block predecessor in preorder[i].Predecessors)
            {
                if (number[predecessor.Id] > 0) semi[i] = Math.Min(semi[i], semi[Least(number[predecessor.Id] - 1)]);
            }
            ancestor[i] = parent[i];
        }
        for (int i = 1; i < preorder.Count; i++)
        {
            while (dominator[i] > semi[i]) dominator[i] = dominator[dominator[i]];
            _idom[preorder[i].Id] = preorder[dominator[i]];
        }

        // The block with the least semidominator on the way up through what is done; the way is made shorter for the next one.
        int Least(int start)
        {
            for (int at = start; ancestor[at] >= 0 && ancestor[ancestor[at]] >= 0; at = ancestor[at]) path.Push(at);
            while (path.Count > 0)
            {
                int at = path.Pop(), above = ancestor[at];
                if (semi[least[above]] < semi[least[at]]) least[at] = least[above];
                ancestor[at] = ancestor[above];
            }
            return least[start];
        }
    }

    private void NumberTree(Function function)
    {
        for (int i = 1; i < ReversePostorder.Count; i++)
        {
            Block block = ReversePostorder[i];
            (_children[_idom[block.Id]!.Id] ??= []).Add(block);
        }
        int number = 0;
        Stack<(Block Block, int Child)> stack = new();
        stack.Push((function.Entry, 0));
        while (stack.Count > 0)
        {
            (Block block, int child) = stack.Pop();
            if (child == 0) _enter[block.Id] = number++;
            IReadOnlyList<Block> children = Children(block);
            if (child < children.Count)
            {
                stack.Push((block, child + 1));
                stack.Push((children[child], 0));
            }
            else
            {
                _leave[block.Id] = number++;
            }
        }
    }
}
