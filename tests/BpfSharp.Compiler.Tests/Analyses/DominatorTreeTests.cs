using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Tests.Analyses;

public sealed class DominatorTreeTests
{
    /// <summary>Random graphs, with loops of several entries and blocks that nothing reaches, compared with the definition: what the entry reaches without a block is not dominated by it.</summary>
    [Fact]
    public void ABlockDominatesWhatIsNotReachedWithoutIt()
    {
        System.Random random = new(1);
        for (int i = 0; i < 400; i++)
        {
            Function function = Make(random);
            DominatorTree tree = new(function);
            Dictionary<Block, HashSet<Block>> without = function.Blocks.ToDictionary(static b => b, b => Reached(function, b));
            Block[] reached = [.. Reached(function, null)];
            Assert.Equal(reached.ToHashSet(), [.. function.Blocks.Where(tree.IsReachable)]);
            foreach (Block a in reached)
            {
                Assert.Equal(reached.Where(b => !without[a].Contains(b)), reached.Where(b => tree.Dominates(a, b)));
                Block[] others = [.. reached.Where(b => b != a && !without[b].Contains(a))];
                // Of the others that dominate it, the immediate one is dominated by all.
                Assert.Equal(others.SingleOrDefault(b => others.All(o => !without[o].Contains(b))), tree.ImmediateDominator(a));
            }
        }
    }

    private static Function Make(System.Random random)
    {
        Function function = new("f");
        Block[] blocks = [.. Enumerable.Range(0, random.Next(2, 18)).Select(_ => function.AddBlock())];
        foreach (Block block in blocks)
        {
            // The entry has no predecessors.
            Block Any() => blocks[random.Next(1, blocks.Length)];
            Block first = Any(), second = Any();
            int ways = random.Next(5) == 0 ? 0 : first == second ? 1 : random.Next(1, 3);
            if (ways == 0) block.Terminate(function.NewValue(Op.Return, IrType.Void));
            else if (ways == 1) block.Terminate(function.NewValue(Op.Jump, IrType.Void), first);
            else block.Terminate(function.NewValue(Op.Branch, IrType.Void, function.NewValue(Op.Const, IrType.I32)), first, second);
        }
        return function;
    }

    private static HashSet<Block> Reached(Function function, Block? without)
    {
        HashSet<Block> reached = [];
        Stack<Block> open = new([function.Entry]);
        while (open.Count > 0)
        {
            Block block = open.Pop();
            if (block == without || !reached.Add(block)) continue;
            foreach (Block successor in block.Successors) open.Push(successor);
        }
        return reached;
    }
}
