using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>Zeroings of which not every byte is read.</summary>
internal static class ZeroCut
{
    /// <summary>Keeps of a zeroing the aligned words with a byte that is read.</summary>
    /// <param name="function">The function.</param>
    /// <param name="block">The zeroing's block.</param>
    /// <param name="zero">The zeroing.</param>
    /// <param name="start">Its first byte in <paramref name="live"/>.</param>
    /// <param name="offset">Its first byte in the memory that it belongs to, which is aligned.</param>
    /// <param name="live">The bytes that are read later.</param>
    /// <param name="kept">Gets what is left of it, last value first.</param>
    internal static void Cut(Function function, Block block, Value zero, int start, int offset, ByteSet live, List<Value> kept)
    {
        int size = (int)zero.Immediate;
        List<(int From, int To)> runs = [];
        for (int i = 0; i < size;)
        {
            if (!live[start + i])
            {
                i++;
                continue;
            }
            (int from, int to) = Word(offset, i, size);
            if (runs.Count > 0 && runs[runs.Count - 1].To >= from) runs[runs.Count - 1] = (runs[runs.Count - 1].From, to);
            else runs.Add((from, to));
            i = to;
        }
        if (runs.Count == 1 && runs[0] == (0, size))
        {
            kept.Add(zero);
            return;
        }
        zero.Block = null;
        foreach ((int from, int to) in runs)
        {
            Value address = zero.Arguments[0];
            Value cut = function.NewValue(Op.Zero, IrType.Void, address);
            cut.Immediate = to - from;
            if (zero.Alignment != 0) cut.Alignment = MemoryAlignment.Aligned(zero.Alignment, from);
            cut.DebugId = zero.DebugId;
            cut.Block = block;
            kept.Add(cut);
            if (from == 0) continue;
            cut.Arguments[0] = function.NewValue(Op.PtrAdd, address.Type, address);
            cut.Arguments[0].Immediate = from;
            cut.Arguments[0].Block = block;
            kept.Add(cut.Arguments[0]);
        }
    }

    /// <summary>The largest aligned word around a byte that the zeroing wrote wholly.</summary>
    private static (int From, int To) Word(int offset, int place, int size)
    {
        int width = 8;
        while (true)
        {
            int from = ((offset + place) & ~(width - 1)) - offset;
            if (from >= 0 && from + width <= size) return (from, from + width);
            width /= 2;
        }
    }
}
