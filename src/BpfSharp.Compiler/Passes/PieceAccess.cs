using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Loads, stores, copies and zeroings of promoted slots, said with the values of their pieces. A piece of one or two bytes is kept
/// extended, so that its loads cost nothing.
/// </summary>
internal sealed class PieceAccess(Function function, SlotPieces pieces, SsaBuilder ssa)
{
    private readonly Emitter _emit = new(function);

    /// <summary>Puts what is emitted next at the end of a block, in the place of a value.</summary>
    internal void At(Block block, Value value) => _emit.At(block, value.DebugId);

    /// <summary>The value of a load.</summary>
    internal Value Load(int slot, int start, Value load)
    {
        SlotPiece piece = pieces.At(slot, start);
        Value value = ssa.Read(piece.Index);
        int size = load.Access.Size();
        bool signed = load.Access.IsSigned();
        if (piece.IsPointer) return value;
        value = ShiftedDown(value, piece, start);
        if (size < 4 && !(size == piece.Size && signed == piece.IsSigned))
        {
            if (piece.Size == 8) value = _emit.Extend(_emit.Convert(value, load.Type, false), size, signed);
            else value = _emit.Extend(value, size, signed);
        }
        else if (size == 4 && piece.Size == 8)
        {
            value = _emit.Add(Op.Trunc, IrType.I32, value);
        }
        return _emit.Convert(value, load.Type, signed);
    }

    /// <summary>A store of the low bytes of a value.</summary>
    internal void Write(int slot, int start, int size, Value stored)
    {
        SlotPiece piece = pieces.At(slot, start);
        if (size == piece.Size)
        {
            stored = _emit.Convert(stored, piece.Type, false);
            if (!piece.IsPointer) stored = _emit.Extend(stored, size, piece.IsSigned);
            ssa.Write(piece.Index, stored);
            return;
        }
        int shift = 8 * (start - piece.Start);
        stored = _emit.Extend(_emit.Convert(stored, piece.Type, false), size, false);
        if (shift != 0) stored = _emit.Add(Op.Shl, stored, shift);
        Value kept = _emit.Add(Op.And, ssa.Read(piece.Index), ~(Mask(size) << shift));
        Value joined = _emit.Add(Op.Or, piece.Type, kept, stored);
        ssa.Write(piece.Index, _emit.Extend(joined, piece.Size, piece.IsSigned));
    }

    /// <summary>Zeroes bytes.</summary>
    internal void Zero(int slot, int start, int size)
    {
        foreach ((SlotPiece piece, int from, int count) in Parts(slot, start, size))
        {
            if (count == piece.Size)
            {
                ssa.Write(piece.Index, _emit.Const(piece.Type, 0));
                continue;
            }
            Value kept = _emit.Add(Op.And, ssa.Read(piece.Index), ~(Mask(count) << (8 * (from - piece.Start))));
            ssa.Write(piece.Index, _emit.Extend(kept, piece.Size, piece.IsSigned));
        }
    }

    /// <summary>Copies between promoted slots.</summary>
    internal void CopySlots(int toSlot, int toStart, int fromSlot, int fromStart, int size)
    {
        List<(SlotPiece To, int Start, int Count, Value Value)> values = [];
        foreach ((SlotPiece to, int start, int count) in Parts(toSlot, toStart, size))
        {
            int source = fromStart + start - toStart;
            SlotPiece from = pieces.At(fromSlot, source);
            bool whole = from.Start == source && from.Size == count && to.Size == count;
            values.Add((to, start, count, whole ? ssa.Read(from.Index) : Bytes(fromSlot, source, count)));
        }
        foreach ((SlotPiece to, int start, int count, Value value) in values) Write(to.Slot, start, count, value);
    }

    /// <summary>Copies from memory to a promoted slot.</summary>
    internal void CopyIn(int slot, int start, Value from, int size, int alignment)
    {
        foreach ((SlotPiece piece, int first, int count) in Parts(slot, start, size))
        {
            for (int done = 0; done < count;)
            {
                int width = Width(count - done);
                IrType type = piece.IsPointer ? piece.Type : width == 8 ? IrType.I64 : IrType.I32;
                Access access = AccessExtensions.OfSize(width, width == piece.Size && piece.IsSigned);
                Write(slot, first + done, width, _emit.Load(type, access, from, first + done - start, Alignment(alignment, first + done - start, width)));
                done += width;
            }
        }
    }

    /// <summary>Copies from a promoted slot to memory.</summary>
    internal void CopyOut(Value to, int slot, int start, int size, int alignment)
    {
        foreach ((SlotPiece piece, int first, int count) in Parts(slot, start, size))
        {
            for (int done = 0; done < count;)
            {
                int width = Width(count - done);
                Value value = width == piece.Size ? ssa.Read(piece.Index) : Bytes(slot, first + done, width);
                _emit.Store(AccessExtensions.OfSize(width), to, first + done - start, value, Alignment(alignment, first + done - start, width));
                done += width;
            }
        }
    }

    /// <summary>Some bytes as an integer, zero-extended.</summary>
    private Value Bytes(int slot, int start, int size)
    {
        IrType type = size > 4 ? IrType.I64 : IrType.I32;
        Value? result = null;
        foreach ((SlotPiece piece, int first, int count) in Parts(slot, start, size))
        {
            Value part = ShiftedDown(ssa.Read(piece.Index), piece, first);
            part = _emit.Convert(_emit.Extend(part, count, false), type, false);
            if (first > start) part = _emit.Add(Op.Shl, part, 8 * (first - start));
            result = result is null ? part : _emit.Add(Op.Or, type, result, part);
        }
        return result!;
    }

    private Value ShiftedDown(Value value, SlotPiece piece, int start) =>
        start == piece.Start ? value : _emit.Add(Op.LShr, value, 8 * (start - piece.Start));

    /// <summary>The pieces that a range touches, each with the part of it.</summary>
    private IEnumerable<(SlotPiece Piece, int Start, int Count)> Parts(int slot, int start, int size)
    {
        for (int i = start; i < start + size;)
        {
            SlotPiece piece = pieces.At(slot, i);
            int end = Math.Min(piece.End, start + size);
            yield return (piece, i, end - i);
            i = end;
        }
    }

    /// <summary>The alignment of a part of a copy, where it is less than the part's width.</summary>
    private static int Alignment(int copied, int offset, int width)
    {
        if (copied == 0) return 0;
        int aligned = MemoryAlignment.Aligned(copied, offset);
        return aligned < width ? aligned : 0;
    }

    private static int Width(int bytes) => bytes >= 8 ? 8 : bytes >= 4 ? 4 : bytes >= 2 ? 2 : 1;

    private static long Mask(int size) => size >= 8 ? -1 : (1L << (8 * size)) - 1;
}
