using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>
/// The reachable blocks in reverse postorder and their immediate dominators (Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm").
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
        Block entry = ReversePostorder[0];
        _idom[entry.Id] = entry;
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int i = 1; i < ReversePostorder.Count; i++)
            {
                Block block = ReversePostorder[i];
                Block? dominator = null;
                foreach (Block predecessor in block.Predecessors)
                {
                    if (_order[predecessor.Id] < 0 || _idom[predecessor.Id] is null) continue;
                    dominator = dominator is null ? predecessor : Intersect(predecessor, dominator);
                }
                if (_idom[block.Id] == dominator) continue;
                _idom[block.Id] = dominator;
                changed = true;
            }
        }
        _idom[entry.Id] = null;
    }

    private Block Intersect(Block a, Block b)
    {
        while (a != b)
        {
            while (_order[a.Id] > _order[b.Id]) a = _idom[a.Id]!;
            while (_order[b.Id] > _order[a.Id]) b = _idom[b.Id]!;
        }
        return a;
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
