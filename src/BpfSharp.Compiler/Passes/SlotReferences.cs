using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Variables that always refer to one place of the stack, as <c>ref int r = ref local</c> does, are no longer kept in memory: each use makes the address
/// again. The verifier lets a callback store no address of the stack in the frame of its caller.
/// </summary>
internal static class SlotReferences
{
    internal static void Run(Function function)
    {
        // What one variable always refers to is what another that is copied from it does.
        while (RunOnce(function)) { }
    }

    private static bool RunOnce(Function function)
    {
        SlotUses uses = new(function, ControlFlow.ReversePostorder(function));
        Dictionary<(int Slot, int Offset), Reference> references = [];
        HashSet<(int, int)> spoiled = [];
        foreach (Value value in function.Blocks.SelectMany(static b => b.Values))
        {
            if (value is not { Op: Op.Store, Access: Access.U64 } || !uses.TryAddress(value.Arguments[0], out int slot, out int offset)) continue;
            (int, int) place = (slot, offset + (int)value.Immediate);
            if (!uses.TryAddress(value.Arguments[1], out int target, out int at) || uses.Escapes[slot] != SlotEscape.None) spoiled.Add(place);
            else if (!references.TryGetValue(place, out Reference? known)) references.Add(place, new Reference(target, at));
            else if (known.Target != target || known.Offset != at) spoiled.Add(place);
        }
        foreach ((int, int) place in spoiled) references.Remove(place);
        if (references.Count == 0) return false;
        foreach (Value value in function.Blocks.SelectMany(static b => b.Values)) Follow(value, uses, references);
        DominatorTree? dominators = null;
        Reference[] found = [.. references.Values.Where(r => !r.IsSpoiled && (r.Zeroings.Count == 0 || IsNeverNull(r, dominators ??= new DominatorTree(function))))];
        foreach (Reference reference in found) Rewrite(function, reference);
        return found.Length > 0;
    }

    /// <summary>Notes the stores and loads of references, and those that are reached in any other way.</summary>
    private static void Follow(Value value, SlotUses uses, Dictionary<(int Slot, int Offset), Reference> references)
    {
        for (int i = 0; i < value.Arguments.Count; i++)
        {
            if (!uses.TryAddress(value.Arguments[i], out int slot, out int offset) || value.Op == Op.PtrAdd || value.Op == Op.Store && i == 1) continue;
            int start = offset + SlotUses.AccessOffset(value), end = start + SlotUses.AccessSize(value);
            foreach (KeyValuePair<(int Slot, int Offset), Reference> known in references)
            {
                int at = known.Key.Offset;
                if (known.Key.Slot != slot || end <= at || start >= at + 8) continue;
                if (value.Op == Op.Zero && start <= at && end >= at + 8) known.Value.Zeroings.Add(value);
                else if (start == at && value is { Op: Op.Store or Op.Load, Access: Access.U64 } && (value.Op == Op.Store || value.Type.IsPointer)) known.Value.Uses.Add(value);
                else known.Value.IsSpoiled = true;
            }
        }
    }

    /// <summary>
    /// Whether no load sees a zeroing: each comes behind a store that is on every way to it and not on every way to a zeroing, so that no way leads from one to the load past
    /// the store.
    /// </summary>
    private static bool IsNeverNull(Reference reference, DominatorTree dominators)
    {
        if (reference.Uses.Concat(reference.Zeroings).Any(v => !dominators.IsReachable(v.Block!))) return false;
        Value[] stores = [.. reference.Uses.Where(s => s.Op == Op.Store && !reference.Zeroings.Exists(z => Precedes(s, z)))];
        return reference.Uses.TrueForAll(u => u.Op == Op.Store || Array.Exists(stores, s => Precedes(s, u)));

        bool Precedes(Value a, Value b) => a.Block == b.Block ? a.Block!.Values.IndexOf(a) < b.Block!.Values.IndexOf(b) : dominators.Dominates(a.Block!, b.Block!);
    }

    private static void Rewrite(Function function, Reference reference)
    {
        foreach (Value use in reference.Uses)
        {
            Block block = use.Block!;
            if (use.Op == Op.Store)
            {
                block.Values.Remove(use);
                continue;
            }
            Value address = new Writer(function, block, block.Values.IndexOf(use), use.DebugId).Slot(reference.Target);
            (use.Op, use.Access, use.Immediate) = (Op.PtrAdd, Access.None, reference.Offset);
            use.Arguments[0] = address;
        }
    }

    private sealed class Reference(int target, int offset)
    {
        public int Target { get; } = target;

        public int Offset { get; } = offset;

        public bool IsSpoiled { get; set; }

        public List<Value> Uses { get; } = [];

        public List<Value> Zeroings { get; } = [];
    }
}
