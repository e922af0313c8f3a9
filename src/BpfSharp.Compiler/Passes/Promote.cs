using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Turns the slots whose address stays in the function into values: splits them into pieces (scalar replacement of aggregates) and
/// builds SSA form for the pieces. What cannot be promoted stays in memory.
/// </summary>
internal static class Promote
{
    /// <summary>Promoting a variable that holds an address may free the slot that it points to; so deep do variables nest.</summary>
    private const int Rounds = 4;

    internal static void Run(Function function, PassContext context) => Run(function);

    /// <summary>Runs it.</summary>
    /// <returns>Whether a slot was promoted.</returns>
    internal static bool Run(Function function)
    {
        ControlFlow.RemoveUnreachable(function);
        bool any = false;
        for (int round = 0; round < Rounds && function.Slots.Count > 0; round++)
        {
            List<Block> blocks = ControlFlow.ReversePostorder(function);
            SlotPieces pieces = new(function, blocks, new SlotUses(function, blocks));
            if (!new Rewriter(function, pieces).Run(blocks)) break;
            any = true;
        }
        PointerRegions.Infer(function);
        Dce.Run(function);
        RemoveUnusedSlots(function);
        return any;
    }

    /// <summary>Renumbers the slots that are still used.</summary>
    internal static void RemoveUnusedSlots(Function function)
    {
        if (function.Slots.Count == 0) return;
        bool[] used = new bool[function.Slots.Count];
        List<Value> addresses = [];
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values)
            {
                if (value.Op != Op.SlotAddress) continue;
                used[value.Immediate] = true;
                addresses.Add(value);
            }
        }
        int[] number = new int[used.Length];
        List<Slot> slots = [];
        foreach (Slot slot in function.Slots)
        {
            if (!used[slot.Index]) continue;
            number[slot.Index] = slots.Count;
            slots.Add(slot with { Index = slots.Count });
        }
        foreach (Value address in addresses) address.Immediate = number[address.Immediate];
        function.Slots.Clear();
        function.Slots.AddRange(slots);
    }

    private sealed class Rewriter
    {
        private readonly SlotPieces _pieces;
        private readonly Function _function;
        private readonly Replacements _replacements;
        private readonly SsaBuilder _ssa;
        private readonly PieceAccess _access;
        private bool _changed;

        internal Rewriter(Function function, SlotPieces pieces)
        {
            _function = function;
            _pieces = pieces;
            _replacements = new Replacements(function);
            _ssa = new SsaBuilder(function, _replacements, i => pieces.All[i].Type);
            _access = new PieceAccess(function, pieces, _ssa);
        }

        internal bool Run(List<Block> blocks)
        {
            if (!_pieces.IsPromoted.Contains(true)) return false;
            foreach (Block block in blocks)
            {
                _ssa.Begin(block);
                List<Value> before = [.. block.Values];
                block.Values.Clear();
                foreach (Value value in before)
                {
                    if (value.Op != Op.Phi) _replacements.ResolveArguments(value);
                    if (!TryRewrite(block, value)) block.Values.Add(value);
                }
                _ssa.End();
            }
            _ssa.Finish();
            _replacements.Apply();
            return _changed;
        }

        private bool TryRewrite(Block block, Value value)
        {
            _access.At(block, value);
            switch (value.Op)
            {
                case Op.Load when _pieces.TryPromoted(value.Arguments[0], out int slot, out int offset):
                    _replacements.Replace(value, _access.Load(slot, offset + (int)value.Immediate, value));
                    break;
                case Op.Store when _pieces.TryPromoted(value.Arguments[0], out int slot, out int offset):
                    _access.Write(slot, offset + (int)value.Immediate, value.Access.Size(), value.Arguments[1]);
                    _replacements.Remove(value);
                    break;
                case Op.Zero when _pieces.TryPromoted(value.Arguments[0], out int slot, out int offset):
                    _access.Zero(slot, offset, (int)value.Immediate);
                    _replacements.Remove(value);
                    break;
                case Op.Copy when RewriteCopy(value):
                    _replacements.Remove(value);
                    break;
                default:
                    return false;
            }
            _changed = true;
            return true;
        }

        private bool RewriteCopy(Value copy)
        {
            bool to = _pieces.TryPromoted(copy.Arguments[0], out int toSlot, out int toOffset);
            bool from = _pieces.TryPromoted(copy.Arguments[1], out int fromSlot, out int fromOffset);
            int size = (int)copy.Immediate;
            if (to && from)
            {
                if (toSlot != fromSlot || toOffset != fromOffset) _access.CopySlots(toSlot, toOffset, fromSlot, fromOffset, size);
            }
            else if (to) _access.CopyIn(toSlot, toOffset, copy.Arguments[1], size, copy.Alignment);
            else if (from) _access.CopyOut(copy.Arguments[0], fromSlot, fromOffset, size, copy.Alignment);
            return to || from;
        }
    }
}
