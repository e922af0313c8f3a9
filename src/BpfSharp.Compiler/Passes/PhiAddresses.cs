using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// A phi of addresses in one and the same slot, global or value of a map becomes that one's address and a phi of offsets. The verifier then sees one number that says
/// where the access is, and <see cref="BoundedAddresses"/> can compare it. Where all offsets are constants nothing is gained: the verifier knows each path's.
/// </summary>
internal static class PhiAddresses
{
    internal static void Run(Function function, PassContext context)
    {
        if (!function.Blocks.Exists(static b => b.Phis.Any(static p => p.Type.IsPointer))) return;
        DominatorTree dominators = new(function);
        Replacements replacements = new(function);
        Emitter emit = new(function);
        foreach (Block block in function.Blocks)
        {
            List<Value> made = [];
            foreach (Value phi in block.Phis.ToList())
            {
                if (phi.Type.IsPointer && CommonRoot(phi, dominators) is { } root) made.Add(Rewrite(function, emit, phi, root, replacements, made));
            }
            if (made.Count > 0) block.Values.InsertRange(block.Phis.Count(), made);
        }
        if (replacements.Apply()) Dce.Run(function);
    }

    /// <summary>The slot, global or value of a map that all arguments lead to; null if there is none, or no argument varies.</summary>
    private static Value? CommonRoot(Value phi, DominatorTree dominators)
    {
        Value? root = null;
        bool varies = false;
        for (int i = 0; i < phi.Arguments.Count; i++)
        {
            Value start = phi.Arguments[i];
            for (; start.Op == Op.PtrAdd && start.Core is null; start = start.Arguments[0]) varies |= start.Arguments.Count == 2;
            if (start.Op is not (Op.SlotAddress or Op.GlobalAddress) && !IsValue(start, phi, i, dominators)) return null;
            root ??= start;
            if (start.Op == Op.CallHelper && start != root) return null;
            if (start.Op != root.Op || start.Immediate != root.Immediate || start.Symbol != root.Symbol || start.Type != root.Type) return null;
        }
        return varies ? root : null;
    }

    /// <summary>Whether an address is a map's value, and not null where the phi takes it.</summary>
    private static bool IsValue(Value start, Value phi, int index, DominatorTree dominators) =>
        start is { Op: Op.CallHelper, Immediate: BoundedAddresses.Lookup } && (phi.Arguments[index] != start || IsChecked(start, phi.Block!.Predecessors[index], phi.Block, dominators));

    private static bool IsChecked(Value start, Block from, Block to, DominatorTree dominators)
    {
        if (EdgeConditions.IsNonNull(start, from, to)) return true;
        for (Block? block = from; block is not null && block != start.Block; block = dominators.ImmediateDominator(block))
        {
            if (block.Predecessors.Count == 1 && EdgeConditions.IsNonNull(start, block.Predecessors[0], block)) return true;
        }
        return false;
    }

    private static Value Rewrite(Function function, Emitter emit, Value phi, Value root, Replacements replacements, List<Value> made)
    {
        Block block = phi.Block!;
        Value offset = function.NewValue(Op.Phi, IrType.I64);
        offset.DebugId = phi.DebugId;
        offset.Name = phi.Name;
        for (int i = 0; i < phi.Arguments.Count; i++) offset.Arguments.Add(Offset(emit, block.Predecessors[i], phi.Arguments[i]));
        block.Insert(block.Phis.Count(), offset);
        Value start = root;
        if (root.Op != Op.CallHelper)
        {
            start = function.NewValue(root.Op, root.Type);
            (start.Immediate, start.Symbol, start.DebugId, start.Block) = (root.Immediate, root.Symbol, phi.DebugId, block);
            made.Add(start);
        }
        Value address = function.NewValue(Op.PtrAdd, phi.Type, start, offset);
        (address.DebugId, address.Block) = (phi.DebugId, block);
        replacements.Replace(phi, address);
        return address;
    }

    /// <summary>What an address is away from its root, as a value at the end of a block.</summary>
    private static Value Offset(Emitter emit, Block block, Value address)
    {
        long constant = 0;
        List<Value> parts = [];
        for (; address.Op == Op.PtrAdd; address = address.Arguments[0])
        {
            constant += address.Immediate;
            if (address.Arguments.Count == 2) parts.Add(address.Arguments[1]);
        }
        List<Value> made = [];
        emit.At(block, block.Terminator.DebugId, made);
        Value sum = parts.Count == 0 ? emit.Const(IrType.I64, constant) : parts[0];
        for (int i = 1; i < parts.Count; i++) sum = emit.Add(Op.Add, IrType.I64, sum, parts[i]);
        if (parts.Count > 0 && constant != 0) sum = emit.Add(Op.Add, sum, constant);
        block.Values.InsertRange(block.Values.Count - 1, made);
        return sum;
    }
}
