using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Removes writes to stack slots that nothing reads before they are written again or the function ends, and cuts zeroings down to the words of
/// which a byte is read: what is left of zeroing a struct before its members are set is its padding.
/// </summary>
internal static class DeadStores
{
    internal static void Run(Function function, PassContext context)
    {
        if (function.Slots.Count == 0) return;
        new Liveness(function).Run();
        Dce.Run(function);
        Promote.RemoveUnusedSlots(function);
    }

    private sealed class Liveness
    {
        private readonly Function _function;
        private readonly List<Block> _order;
        private readonly SlotUses _uses;
        private readonly int[] _base;
        private readonly int _bytes;
        private readonly ByteSet?[] _atEntry;

        internal Liveness(Function function)
        {
            _function = function;
            _order = ControlFlow.ReversePostorder(function);
            _uses = new SlotUses(function, _order);
            _base = new int[function.Slots.Count];
            for (int i = 0; i < _base.Length; i++)
            {
                _base[i] = _bytes;
                if (IsFollowed(i)) _bytes += function.Slots[i].Size;
            }
            _atEntry = new ByteSet?[function.BlockCount];
        }

        internal void Run()
        {
            if (_bytes == 0) return;
            bool changed = true;
            while (changed)
            {
                changed = false;
                for (int i = _order.Count - 1; i >= 0; i--)
                {
                    ByteSet live = AtExit(_order[i]);
                    List<Value> values = _order[i].Values;
                    for (int v = values.Count - 1; v >= 0; v--) Step(values[v], live);
                    if (_atEntry[_order[i].Id] is { } known && known.Equals(live)) continue;
                    _atEntry[_order[i].Id] = live;
                    changed = true;
                }
            }
            foreach (Block block in _order) Remove(block);
        }

        private bool IsFollowed(int slot) => _uses.Escapes[slot] != SlotEscape.Wild;

        private ByteSet AtExit(Block block)
        {
            ByteSet live = new(_bytes);
            foreach (Block successor in block.Successors)
            {
                if (_atEntry[successor.Id] is { } entry) live.Add(entry);
            }
            return live;
        }

        private void Step(Value value, ByteSet live)
        {
            if (Written(value) is ( >= 0 and int start, var size)) live.Set(start, size, false);
            for (int i = 0; i < value.Arguments.Count; i++)
            {
                if (HelperEffects.TryFill(value, i, out int filled) && TryFollowed(value.Arguments[i], out int into, out int at) && at >= 0)
                    live.Set(_base[into] + at, Math.Min(filled, _function.Slots[into].Size - at), false);
            }
            for (int i = 0; i < value.Arguments.Count; i++)
            {
                if (!TryFollowed(value.Arguments[i], out int slot, out int offset) || HelperEffects.TryFill(value, i, out _)) continue;
                if (value.Op.Has(OpTraits.Call)) live.Set(_base[slot], _function.Slots[slot].Size, true);
                else if (Reads(value, i)) live.Set(_base[slot] + offset + SlotUses.AccessOffset(value), SlotUses.AccessSize(value), true);
            }
        }

        private bool TryFollowed(Value address, out int slot, out int offset) => _uses.TryAddress(address, out slot, out offset) && IsFollowed(slot);

        /// <summary>The bytes that a plain write to a slot covers; -1 if it is none.</summary>
        private (int Start, int Size) Written(Value value) =>
            value.Op is Op.Store or Op.Zero or Op.Copy && TryFollowed(value.Arguments[0], out int slot, out int offset)
                ? (_base[slot] + offset + SlotUses.AccessOffset(value), SlotUses.AccessSize(value)) : (-1, 0);

        private void Remove(Block block)
        {
            ByteSet live = AtExit(block);
            List<Value> kept = [];
            for (int i = block.Values.Count - 1; i >= 0; i--)
            {
                Value value = block.Values[i];
                (int start, int size) = Written(value);
                if (start >= 0 && value.Op == Op.Zero)
                {
                    _uses.TryAddress(value.Arguments[0], out _, out int offset);
                    ZeroCut.Cut(_function, block, value, start, offset, live, kept);
                }
                else if (start >= 0 && !live.Any(start, size)) value.Block = null;
                else kept.Add(value);
                Step(value, live);
            }
            kept.Reverse();
            block.Values.Clear();
            block.Values.AddRange(kept);
        }
    }

    /// <summary>Whether an operation on memory reads what an argument points to.</summary>
    internal static bool Reads(Value value, int argument) =>
        value.Op is Op.Load or >= Op.AtomicAdd and <= Op.AtomicCompareExchange || (value.Op == Op.Copy && argument == 1);
}
