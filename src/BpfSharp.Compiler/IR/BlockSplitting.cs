namespace BpfSharp.Compiler.IR;

/// <summary>Cuts blocks in two.</summary>
internal static class BlockSplitting
{
    /// <summary>
    /// Moves the values of <paramref name="block"/> from <paramref name="index"/> on, with the edges that leave it, to a new block right behind it.
    /// The block has no terminator afterwards.
    /// </summary>
    public static Block Split(Block block, int index)
    {
        Block tail = InsertAfter(block);
        for (int i = index; i < block.Values.Count; i++) tail.Append(block.Values[i]);
        block.Values.RemoveRange(index, block.Values.Count - index);
        tail.Successors.AddRange(block.Successors);
        block.Successors.Clear();
        foreach (Block successor in tail.Successors) successor.ReplacePredecessor(block, tail);
        return tail;
    }

    /// <summary>Adds a block right behind <paramref name="block"/>.</summary>
    public static Block InsertAfter(Block block)
    {
        Function function = block.Function;
        Block added = function.AddBlock();
        function.Blocks.RemoveAt(function.Blocks.Count - 1);
        function.Blocks.Insert(function.Blocks.IndexOf(block) + 1, added);
        return added;
    }
}
