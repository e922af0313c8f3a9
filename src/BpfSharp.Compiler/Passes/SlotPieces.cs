using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>A part of a promoted slot that is one variable.</summary>
internal sealed class SlotPiece(int index, int slot, int start, int size)
{
    /// <summary>The variable's number.</summary>
    internal int Index { get; } = index;

    /// <summary>The slot's number.</summary>
    internal int Slot { get; } = slot;

    /// <summary>The first byte in the slot.</summary>
    internal int Start { get; } = start;

    /// <summary>Bytes: 1, 2, 4 or 8.</summary>
    internal int Size { get; } = size;

    /// <summary>The byte behind the last.</summary>
    internal int End => Start + Size;

    /// <summary>Whether it holds pointers.</summary>
    internal bool IsPointer { get; set; }

    /// <summary>Whether one or two bytes are kept sign-extended; else they are kept zero-extended.</summary>
    internal bool IsSigned { get; set; }

    /// <summary>The variable's type.</summary>
    internal IrType Type => IsPointer ? IrType.Pointer() : Size == 8 ? IrType.I64 : IrType.I32;
}

/// <summary>
/// Splits the slots whose address stays in the function into pieces, so that scalar accesses do not cross the border of a piece, and decides
/// which slots can be promoted at all.
/// </summary>
internal sealed class SlotPieces
{
    /// <summary>A slot beyond this stays in memory: so many variables would only be spilled.</summary>
    private const int LargestSlot = 256;

    private readonly Function _function;
    private readonly SlotUses _uses;
    private readonly int[] _base;
    private readonly bool[] _joined;
    private readonly bool[] _border;
    private readonly bool[] _scalar;
    private readonly SlotPiece?[] _pieces;
    private readonly List<(int A, int B, int Size)> _copies = [];
    private readonly List<(int Copy, int Other)>?[] _copiesOf;

    internal SlotPieces(Function function, IReadOnlyList<Block> blocks, SlotUses uses)
    {
        _function = function;
        _uses = uses;
        _base = new int[function.Slots.Count];
        IsPromoted = new bool[function.Slots.Count];
        _copiesOf = new List<(int, int)>?[function.Slots.Count];
        int bytes = 0;
        for (int i = 0; i < _base.Length; i++)
        {
            _base[i] = bytes;
            IsPromoted[i] = uses.Escapes[i] == SlotEscape.None && function.Slots[i].Size <= LargestSlot;
            if (IsPromoted[i]) bytes += function.Slots[i].Size;
        }
        _joined = new bool[bytes];
        _border = new bool[bytes + 1];
        _scalar = new bool[bytes];
        _pieces = new SlotPiece?[bytes];
        foreach (Block block in blocks)
        {
            foreach (Value value in block.Values) Mark(value);
        }
        PropagateJoins(new Stack<int>(Enumerable.Range(0, _base.Length)));
        JoinUnaccessed();
        MakePieces();
        DecideTypes(blocks);
    }

    /// <summary>Whether each slot is promoted.</summary>
    internal bool[] IsPromoted { get; }

    /// <summary>All pieces by index.</summary>
    internal List<SlotPiece> All { get; } = [];

    /// <summary>Whether an address is in a promoted slot.</summary>
    internal bool TryPromoted(Value address, out int slot, out int offset) => _uses.TryAddress(address, out slot, out offset) && IsPromoted[slot];

    /// <summary>The piece that a byte of a promoted slot belongs to.</summary>
    internal SlotPiece At(int slot, int offset) => _pieces[_base[slot] + offset]!;

    private void Mark(Value value)
    {
        switch (value.Op)
        {
            case Op.Load or Op.Store when TryPromoted(value.Arguments[0], out int slot, out int offset):
                int start = _base[slot] + offset + (int)value.Immediate;
                for (int i = 0; i < value.Access.Size(); i++)
                {
                    _scalar[start + i] = true;
                    if (i > 0) _joined[start + i] = true;
                }
                break;
            case Op.Zero when TryPromoted(value.Arguments[0], out int slot, out int offset):
                MarkBorders(_base[slot] + offset, (int)value.Immediate);
                break;
            case Op.Copy:
                bool to = TryPromoted(value.Arguments[0], out int toSlot, out int toOffset);
                bool from = TryPromoted(value.Arguments[1], out int fromSlot, out int fromOffset);
                if (to) MarkBorders(_base[toSlot] + toOffset, (int)value.Immediate);
                if (from) MarkBorders(_base[fromSlot] + fromOffset, (int)value.Immediate);
                if (!to || !from) break;
                (_copiesOf[toSlot] ??= []).Add((_copies.Count, fromSlot));
                (_copiesOf[fromSlot] ??= []).Add((_copies.Count, toSlot));
                _copies.Add((_base[toSlot] + toOffset, _base[fromSlot] + fromOffset, (int)value.Immediate));
                break;
        }
    }

    private void MarkBorders(int start, int size)
    {
        _border[start] = true;
        _border[start + size] = true;
    }

    /// <summary>Bytes that are joined on one side of a copy are joined on the other, so that values move as a whole.</summary>
    private void PropagateJoins(Stack<int> changed)
    {
        while (changed.Count > 0)
        {
            int slot = changed.Pop();
            if (_copiesOf[slot] is not { } copies) continue;
            foreach ((int copy, int other) in copies)
            {
                (int a, int b, int size) = _copies[copy];
                bool news = false;
                for (int i = 1; i < size; i++)
                {
                    if (_joined[a + i] == _joined[b + i]) continue;
                    _joined[a + i] = _joined[b + i] = news = true;
                }
                // Either side may have learnt something.
                if (!news) continue;
                changed.Push(slot);
                changed.Push(other);
            }
        }
    }

    /// <summary>Bytes that are only copied and zeroed are joined to aligned words.</summary>
    private void JoinUnaccessed()
    {
        Stack<int> changed = new();
        for (int slot = 0; slot < _base.Length; slot++)
        {
            if (!IsPromoted[slot]) continue;
            int start = _base[slot];
            int size = _function.Slots[slot].Size;
            for (int i = 0; i < size;)
            {
                int width = 8;
                while (width > 1 && (i % width != 0 || i + width > size || !IsFree(start + i, width))) width /= 2;
                for (int k = 1; k < width; k++) _joined[start + i + k] = true;
                i += width;
            }
            changed.Push(slot);
            PropagateJoins(changed);
        }
    }

    private bool IsFree(int start, int width)
    {
        for (int i = start; i < start + width; i++)
        {
            if (_scalar[i] || _joined[i] || (i > start && _border[i])) return false;
        }
        return start + width >= _joined.Length || !_joined[start + width] || _border[start + width];
    }

    private void MakePieces()
    {
        for (int slot = 0; slot < _base.Length; slot++)
        {
            int size = _function.Slots[slot].Size;
            for (int i = 0; i < size && IsPromoted[slot];)
            {
                int end = i + 1;
                while (end < size && _joined[_base[slot] + end]) end++;
                if (end - i is not (1 or 2 or 4 or 8))
                {
                    IsPromoted[slot] = false;
                    break;
                }
                SlotPiece piece = new(All.Count, slot, i, end - i);
                All.Add(piece);
                for (; i < end; i++) _pieces[_base[slot] + i] = piece;
            }
        }
    }

    /// <summary>Finds the pieces that hold pointers; slots that hold pointers and integers in the same place stay in memory.</summary>
    private void DecideTypes(IReadOnlyList<Block> blocks)
    {
        bool[] integer = new bool[All.Count];
        int[] signs = new int[All.Count];
        foreach (Block block in blocks)
        {
            foreach (Value value in block.Values)
            {
                if (value.Op is not (Op.Load or Op.Store) || !TryPromoted(value.Arguments[0], out int slot, out int offset)) continue;
                SlotPiece piece = At(slot, offset + (int)value.Immediate);
                bool pointer = (value.Op == Op.Load ? value.Type : value.Arguments[1].Type).IsPointer;
                if (pointer) piece.IsPointer = true;
                if (!pointer || value.Access.Size() != 8) integer[piece.Index] = true;
                if (value.Op == Op.Load && value.Access.Size() == piece.Size) signs[piece.Index] += value.Access.IsSigned() ? 1 : -1;
            }
        }
        for (int i = 0; i < signs.Length; i++) All[i].IsSigned = signs[i] > 0 && All[i].Size < 4;
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach ((int a, int b, int size) in _copies)
            {
                for (int i = 0; i < size; i++)
                {
                    if (_pieces[a + i] is not { } to || _pieces[b + i] is not { } from || to.IsPointer == from.IsPointer) continue;
                    to.IsPointer = from.IsPointer = changed = true;
                }
            }
        }
        foreach (SlotPiece piece in All)
        {
            if (piece.IsPointer && (integer[piece.Index] || piece.Size != 8)) IsPromoted[piece.Slot] = false;
        }
        DemoteSplitPointers();
    }

    /// <summary>A copy or zeroing of a part of a pointer cannot be said with values.</summary>
    private void DemoteSplitPointers()
    {
        foreach (SlotPiece piece in All)
        {
            if (!piece.IsPointer) continue;
            for (int i = piece.Start + 1; i < piece.End; i++)
            {
                if (_border[_base[piece.Slot] + i]) IsPromoted[piece.Slot] = false;
            }
        }
    }
}
