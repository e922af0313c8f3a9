using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Finds what pointers point into: phis and pointer arithmetic have the region of their arguments where those agree. Null agrees with
/// every region. What is reached from a kernel object that the verifier knows is known to it, too.
/// </summary>
internal static class PointerRegions
{
    internal static void Infer(Function function)
    {
        List<Value> derived = [];
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values)
            {
                if (value.Type.IsPointer && value.Op is Op.Phi or Op.PtrAdd or Op.Opaque or Op.KernelFollow) derived.Add(value);
            }
        }
        if (derived.Count == 0) return;
        // Optimistic: what is not known yet agrees with everything.
        bool[] isPending = new bool[function.ValueCount];
        foreach (Value value in derived) isPending[value.Id] = true;
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (Value value in derived)
            {
                if (Join(value, isPending) is not { } region || (!isPending[value.Id] && value.Type.Region == region)) continue;
                isPending[value.Id] = false;
                value.Type = IrType.Pointer(region);
                changed = true;
            }
        }
        foreach (Value value in derived)
        {
            if (isPending[value.Id]) value.Type = IrType.Pointer();
        }
    }

    private static Region? Join(Value value, bool[] isPending)
    {
        Region? region = null;
        int arguments = value.Op == Op.Phi ? value.Arguments.Count : 1;
        for (int i = 0; i < arguments; i++)
        {
            Value argument = value.Arguments[i];
            if (isPending[argument.Id] || (argument.Op == Op.Const && value.Op == Op.Phi)) continue;
            if (region is not null && region != argument.Type.Region) return Region.Unknown;
            region = argument.Type.Region;
        }
        if (value.Op == Op.KernelFollow && region is not null) return region is Region.Btf or Region.Context ? Region.Btf : Region.Unknown;
        return region;
    }
}
