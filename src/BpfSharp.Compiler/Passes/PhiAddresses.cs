using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Phis of addresses in one and the same slot, global or value of a map, also by way of one another, become that one's address and phis of offsets. The verifier then sees
/// one number that says where the access is, and <see cref="BoundedAddresses"/> can compare it. Where all offsets are constants, and no loop adds them up, nothing is gained: the
/// verifier knows each path's.
/// </summary>
internal static class PhiAddresses
{
    internal static void Run(Function function, PassContext context)
    {
        if (!function.Blocks.Exists(static b => b.Phis.Any(static p => p.Type.IsPointer))) return;
        DominatorTree dominators = new(function);
        List<(Value Phi, Value Address)> made = [];
        Emitter emit = new(function);
        Dictionary<Value, Value> offsets = [];
        foreach (Value phi in function.Blocks.SelectMany(static b => b.Phis).Where(static p => p.Type.IsPointer).ToList())
        {
            if (offsets.ContainsKey(phi)) continue;
            List<Value> group = Group(phi);
            if (CommonRoot(group, dominators) is { } root) Rewrite(function, emit, [.. group.Where(p => !offsets.ContainsKey(p))], root, offsets, made);
        }
        Replacements replacements = new(function);
        foreach ((Value phi, Value address) in made) replacements.Replace(phi, address);
        if (replacements.Apply()) Dce.Run(function);
    }

    /// <summary>A phi and those that it takes addresses from.</summary>
    private static List<Value> Group(Value phi)
    {
        List<Value> group = [phi];
        HashSet<Value> seen = [phi];
        for (int i = 0; i < group.Count; i++)
        {
            foreach (Value start in group[i].Arguments.Select(Start))
            {
                if (start.Op == Op.Phi && seen.Add(start)) group.Add(start);
            }
        }
        return group;
    }

    private static Value Start(Value address)
    {
        while (address.Op == Op.PtrAdd && address.Core is null) address = address.Arguments[0];
        return address;
    }

    /// <summary>The slot, global or value of a map that all arguments lead to; null if there is none, or no argument varies.</summary>
    private static Value? CommonRoot(List<Value> group, DominatorTree dominators)
    {
        Value? root = null;
        bool varies = false;
        foreach (Value phi in group)
        {
            for (int i = 0; i < phi.Arguments.Count; i++)
            {
                Value start = Start(phi.Arguments[i]);
                for (Value address = phi.Arguments[i]; address != start; address = address.Arguments[0]) varies |= address.Arguments.Count == 2;
                // What a loop moves on goes as far as a length tells, which the verifier may not know.
                varies |= start.Op == Op.Phi && start != phi.Arguments[i];
                if (start.Op == Op.Phi) continue;
                if (start.Op is not (Op.SlotAddress or Op.GlobalAddress) && !IsValue(start, phi, i, dominators)) return null;
                root ??= start;
                if (start.Op == Op.CallHelper && start != root) return null;
                if (start.Op != root.Op || start.Immediate != root.Immediate || start.Symbol != root.Symbol || start.Type != root.Type) return null;
            }
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

    private static void Rewrite(Function function, Emitter emit, List<Value> phis, Value root, Dictionary<Value, Value> offsets, List<(Value Phi, Value Address)> made)
    {
        foreach (Value phi in phis)
        {
            Value offset = function.NewValue(Op.Phi, IrType.I64);
            (offset.DebugId, offset.Name) = (phi.DebugId, phi.Name);
            offsets.Add(phi, offset);
            phi.Block!.Insert(phi.Block.Phis.Count(), offset);
        }
        foreach (Value phi in phis)
        {
            Block block = phi.Block!;
            for (int i = 0; i < phi.Arguments.Count; i++) offsets[phi].Arguments.Add(Offset(emit, block.Predecessors[i], phi.Arguments[i], offsets));
            int place = block.Phis.Count();
            Value start = root;
            if (root.Op != Op.CallHelper)
            {
                start = function.NewValue(root.Op, root.Type);
                (start.Immediate, start.Symbol, start.DebugId) = (root.Immediate, root.Symbol, phi.DebugId);
                block.Insert(place++, start);
            }
            Value address = function.NewValue(Op.PtrAdd, phi.Type, start, offsets[phi]);
            address.DebugId = phi.DebugId;
            block.Insert(place, address);
            made.Add((phi, address));
        }
    }

    /// <summary>What an address is away from its root, as a value at the end of a block.</summary>
    private static Value Offset(Emitter emit, Block block, Value address, Dictionary<Value, Value> offsets)
    {
        long constant = 0;
        List<Value> parts = [];
        for (; address.Op == Op.PtrAdd; address = address.Arguments[0])
        {
            constant += address.Immediate;
            if (address.Arguments.Count == 2) parts.Add(address.Arguments[1]);
        }
        if (address.Op == Op.Phi) parts.Add(offsets[address]);
        List<Value> made = [];
        emit.At(block, block.Terminator.DebugId, made);
        Value sum = parts.Count == 0 ? emit.Const(IrType.I64, constant) : parts[0];
        for (int i = 1; i < parts.Count; i++) sum = emit.Add(Op.Add, IrType.I64, sum, parts[i]);
        if (parts.Count > 0 && constant != 0) sum = emit.Add(Op.Add, sum, constant);
        block.Values.InsertRange(block.Values.Count - 1, made);
        return sum;
    }
}
