using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>How far a slot's address gets.</summary>
internal enum SlotEscape : byte
{
    /// <summary>It is only the address of loads, stores, copies and zeroings at constant offsets.</summary>
    None,
    /// <summary>It is also a direct argument of calls, which may read and write the slot while they run.</summary>
    Call,
    /// <summary>It is stored, joined with other pointers or indexed: the slot may be reached in ways that are not followed.</summary>
    Wild,
}

/// <summary>Which values are addresses of slots at constant offsets, and how far each slot's address gets.</summary>
internal sealed class SlotUses
{
    private readonly int[] _slot;
    private readonly int[] _offset;

    internal SlotUses(Function function, IReadOnlyList<Block> reversePostorder)
    {
        _slot = new int[function.ValueCount];
        _offset = new int[function.ValueCount];
        Escapes = new SlotEscape[function.Slots.Count];
        foreach (Block block in reversePostorder)
        {
            foreach (Value value in block.Values) Visit(function, value);
        }
    }

    /// <summary>How far each slot's address gets, by the slot's number.</summary>
    internal SlotEscape[] Escapes { get; }

    /// <summary>Whether a value is the address of a slot plus a constant.</summary>
    internal bool TryAddress(Value value, out int slot, out int offset)
    {
        slot = value.Id < _slot.Length ? _slot[value.Id] - 1 : -1;
        offset = slot >= 0 ? _offset[value.Id] : 0;
        return slot >= 0;
    }

    /// <summary>The bytes that a load, store, atomic operation, copy or zeroing reaches.</summary>
    internal static int AccessSize(Value value) => value.Op is Op.Copy or Op.Zero ? (int)value.Immediate : value.Access.Size();

    /// <summary>The offset that a memory operation itself adds to its address.</summary>
    internal static int AccessOffset(Value value) => value.Op is Op.Copy or Op.Zero ? 0 : (int)value.Immediate;

    private void Visit(Function function, Value value)
    {
        if (value.Op == Op.SlotAddress)
        {
            _slot[value.Id] = (int)value.Immediate + 1;
            return;
        }
        for (int i = 0; i < value.Arguments.Count; i++)
        {
            if (!TryAddress(value.Arguments[i], out int slot, out int offset)) continue;
            if (value.Op == Op.PtrAdd && value.Arguments.Count == 1 && value.Core is null && Math.Abs(value.Immediate) < 1 << 20)
            {
                _slot[value.Id] = slot + 1;
                _offset[value.Id] = offset + (int)value.Immediate;
                continue;
            }
            Raise(slot, EscapeOf(function, value, i, slot, offset));
        }
    }

    private static SlotEscape EscapeOf(Function function, Value value, int argument, int slot, int offset)
    {
        if (value.Op.Has(OpTraits.Call)) return SlotEscape.Call;
        bool isAccess = value.Op is Op.Load or Op.Zero or Op.Copy || (value.Op == Op.Store && argument == 0);
        bool isAtomic = value.Op is >= Op.AtomicAdd and <= Op.AtomicCompareExchange && argument == 0;
        if ((!isAccess && !isAtomic) || value.Core is not null || Math.Abs(value.Immediate) >= 1 << 20) return SlotEscape.Wild;
        int start = offset + AccessOffset(value);
        if (start < 0 || start + AccessSize(value) > function.Slots[slot].Size) return SlotEscape.Wild;
        return isAtomic ? SlotEscape.Call : SlotEscape.None;
    }

    private void Raise(int slot, SlotEscape escape)
    {
        if (escape > Escapes[slot]) Escapes[slot] = escape;
    }
}
