using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Variables that the body of a loop writes before it reads them, and that only ways out of the loop take along: where the body becomes a callback they are the body's own, and are
/// copied where the loop is left. In the frame they would be in memory throughout, and verifiers before Linux 6.8 see no progress in a loop that counts there.
/// </summary>
internal static class LoopLocals
{
    internal static void Run(Function function, NumberLoop loop)
    {
        SlotUses uses = new(function, ControlFlow.ReversePostorder(function));
        SlotLiveness liveness = new(function);
        HashSet<int> inside = [.. Slots(loop.Body)], outside = [.. Slots(function.Blocks.Where(b => !loop.Body.Contains(b)))];
        HashSet<int> kept = [.. loop.Head.Successors.SelectMany(liveness.At)];
        Block[] targets = [.. loop.Body.OrderBy(static b => b.Id).SelectMany(static b => b.Successors).Where(b => b != loop.Head && !loop.Body.Contains(b)).Distinct()];
        HashSet<int> taken = [.. targets.SelectMany(liveness.At)];
        Dictionary<int, int> locals = [];
        foreach (Slot slot in function.Slots.ToList())
        {
            if (!taken.Contains(slot.Index) || !inside.Contains(slot.Index) || !outside.Contains(slot.Index) || kept.Contains(slot.Index) || uses.Escapes[slot.Index] != SlotEscape.None) continue;
            locals[slot.Index] = function.AddSlot(slot.Size, slot.Alignment, slot.Name).Index;
        }
        if (locals.Count == 0) return;
        foreach (Value address in loop.Body.SelectMany(static b => b.Values).Where(static v => v.Op == Op.SlotAddress))
        {
            if (locals.TryGetValue((int)address.Immediate, out int local)) address.Immediate = local;
        }
        foreach (Block target in targets)
        {
            int[] live = [.. locals.Keys.Where(liveness.At(target).Contains).OrderBy(static s => s)];
            if (live.Length == 0) continue;
            Block block = function.AddBlock();
            foreach (Block way in target.Predecessors.Where(loop.Body.Contains).Distinct().ToArray()) way.RedirectSuccessor(target, block);
            loop.Body.Add(block);
            Writer write = new(function, block, 0, loop.Start.DebugId);
            foreach (int slot in live)
            {
                Value to = write.Slot(slot), copy = write.Add(Op.Copy, IrType.Void, to, write.Slot(locals[slot]));
                (copy.Immediate, copy.Alignment) = (function.Slots[slot].Size, function.Slots[slot].Alignment);
            }
            block.Terminate(write.New(Op.Jump, IrType.Void), target);
        }
    }

    private static IEnumerable<int> Slots(IEnumerable<Block> blocks) => blocks.SelectMany(static b => b.Values).Where(static v => v.Op == Op.SlotAddress).Select(static v => (int)v.Immediate);
}
