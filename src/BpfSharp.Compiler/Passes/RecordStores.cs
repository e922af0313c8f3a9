using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Cuts the zeroing of a reserved ring-buffer record down to the words that are not written before the record is submitted, and drops writes that
/// nothing sees. Until then the record belongs to the program alone. A string that a helper copies in counts as a write of the whole
/// destination: behind the string's zero, readers do not look.
/// </summary>
internal static class RecordStores
{
    private const int Reserve = 131, Submit = 132, Discard = 133;

    // Longer records are left as they are: there is one bit per byte and block.
    private const int LongestRecord = 8192;

    /// <summary>Helpers that copy a string: the destination's argument, and the size's.</summary>
    private static readonly HashSet<long> s_strings = [45, 114, 115];

    internal static void Run(Function function, PassContext context)
    {
        List<Value> reserved = [.. function.Blocks.SelectMany(static b => b.Values).Where(static v => v.Op == Op.CallHelper && v.Immediate == Reserve)];
        if (reserved.Count == 0) return;
        List<Block> order = ControlFlow.ReversePostorder(function);
        foreach (Value call in reserved)
        {
            if (call.Arguments[1] is not { Op: Op.Const, Core: null, Immediate: > 0 and <= LongestRecord } size) continue;
            Record record = new(function, order, call, (int)size.Immediate);
            if (record.IsFollowed) record.Run();
        }
    }

    private sealed class Record
    {
        private readonly Function _function;
        private readonly List<Block> _order;
        private readonly Value _reserve;
        private readonly int _size;
        private readonly Dictionary<Value, int> _addresses = [];
        private readonly HashSet<Value> _handles = [];
        private readonly ByteSet?[] _atEntry;

        internal Record(Function function, List<Block> order, Value reserve, int size)
        {
            (_function, _order, _reserve, _size) = (function, order, reserve, size);
            _atEntry = new ByteSet?[function.BlockCount];
            FindAddresses();
            IsFollowed = order.TrueForAll(b => b.Values.TrueForAll(IsKnownUse));
        }

        /// <summary>Whether every use of the record's address is understood. A function could give it back, or keep it in a place that it was passed.</summary>
        internal bool IsFollowed { get; }

        internal void Run()
        {
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

        /// <summary>Addresses at constant offsets, and the phis of the record with null, which only tell whether there is one.</summary>
        private void FindAddresses()
        {
            _addresses.Add(_reserve, 0);
            bool changed = true;
            while (changed)
            {
                changed = false;
                foreach (Value value in _order.SelectMany(static b => b.Values))
                {
                    if (value is { Op: Op.PtrAdd, Arguments.Count: 1, Core: null } && _addresses.TryGetValue(value.Arguments[0], out int offset) && !_addresses.ContainsKey(value))
                    {
                        _addresses.Add(value, offset + (int)value.Immediate);
                        changed = true;
                    }
                    else if (value.Op == Op.Phi && value.Arguments.Exists(a => a == _reserve || _handles.Contains(a))) changed |= _handles.Add(value);
                }
            }
        }

        private bool IsKnownUse(Value value)
        {
            for (int i = 0; i < value.Arguments.Count; i++)
            {
                Value argument = value.Arguments[i];
                bool isHandle = _handles.Contains(argument);
                if (!isHandle && !_addresses.ContainsKey(argument)) continue;
                bool known = value.Op switch
                {
                    Op.Eq or Op.Ne => true,
                    Op.Phi => _handles.Contains(value) && (isHandle || argument == _reserve),
                    Op.PtrAdd => _addresses.ContainsKey(value),
                    Op.CallHelper => !isHandle || value.Immediate is Submit or Discard,
                    Op.Load or Op.Zero or Op.Copy => !isHandle && IsInside(value, argument),
                    Op.Store or >= Op.AtomicAdd and <= Op.AtomicCompareExchange => !isHandle && i == 0 && IsInside(value, argument),
                    _ => false,
                };
                if (!known) return false;
            }
            return true;
        }

        private bool IsInside(Value access, Value address)
        {
            int start = _addresses[address] + SlotUses.AccessOffset(access);
            return access.Core is null && start >= 0 && start + SlotUses.AccessSize(access) <= _size;
        }

        private ByteSet AtExit(Block block)
        {
            ByteSet live = new(_size);
            foreach (Block successor in block.Successors)
            {
                if (_atEntry[successor.Id] is { } entry) live.Add(entry);
            }
            return live;
        }

        private void Step(Value value, ByteSet live)
        {
            if (value == _reserve)
            {
                live.Set(0, _size, false);
                return;
            }
            if (Written(value) is ( >= 0 and int start, var size)) live.Set(start, size, false);
            for (int i = 0; i < value.Arguments.Count; i++)
            {
                Value argument = value.Arguments[i];
                bool isAddress = _addresses.TryGetValue(argument, out int at);
                if (!isAddress && !_handles.Contains(argument)) continue;
                if (value.Op.Has(OpTraits.Call))
                {
                    if (isAddress && at >= 0 && Fills(value, i, out int filled)) live.Set(at, Math.Min(filled, _size - at), false);
                    else if (value.Op != Op.CallHelper || value.Immediate != Discard) live.Set(0, _size, true);
                }
                else if (DeadStores.Reads(value, i)) live.Set(at + SlotUses.AccessOffset(value), SlotUses.AccessSize(value), true);
            }
        }

        private static bool Fills(Value call, int argument, out int size)
        {
            if (HelperEffects.TryFill(call, argument, out size)) return true;
            size = argument == 0 && call.Op == Op.CallHelper && s_strings.Contains(call.Immediate) && call.Arguments[1] is { Op: Op.Const, Core: null, Immediate: > 0 and < LongestRecord } length
                ? (int)length.Immediate
                : 0;
            return size > 0;
        }

        /// <summary>The bytes that a plain write covers; -1 if it is none.</summary>
        private (int Start, int Size) Written(Value value) => value.Op is Op.Store or Op.Zero or Op.Copy && _addresses.TryGetValue(value.Arguments[0], out int offset)
            ? (offset + SlotUses.AccessOffset(value), SlotUses.AccessSize(value))
            : (-1, 0);

        private void Remove(Block block)
        {
            ByteSet live = AtExit(block);
            List<Value> kept = [];
            for (int i = block.Values.Count - 1; i >= 0; i--)
            {
                Value value = block.Values[i];
                (int start, int size) = Written(value);
                if (start >= 0 && value.Op == Op.Zero) ZeroCut.Cut(_function, block, value, start, start, live, kept);
                else if (start >= 0 && !live.Any(start, size)) value.Block = null;
                else kept.Add(value);
                Step(value, live);
            }
            kept.Reverse();
            block.Values.Clear();
            block.Values.AddRange(kept);
        }
    }
}
