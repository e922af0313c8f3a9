using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

/// <summary>
/// Blocks that go to the same places and end in the same instructions share those: a function inlined four times is often one block again.
/// Never shared are accesses through pointers of different kinds, which the verifier refuses, nor a call without the instruction
/// that chooses its first argument, so that the kernel still knows the map at that call.
/// </summary>
internal static class TailMerging
{
    /// <summary>The fewest instructions worth sharing: a jump to them costs one.</summary>
    private const int Minimum = 2;

    /// <summary>With so many blocks that follow it in its group each block is compared; programs have few exits of one kind.</summary>
    private const int Window = 24;

    /// <summary>Runs on <paramref name="function"/> after register allocation, before layout.</summary>
    public static void Run(MachineFunction function)
    {
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (IGrouping<(int, int, int, int, int), MachineBlock> group in function.Blocks.GroupBy(Key).ToList())
            {
                List<MachineBlock> blocks = [.. group];
                if (blocks.Count > 1 && MergeLongest(function, blocks)) changed = true;
            }
            // What has become empty is skipped, so that its predecessors are seen to go to the same place.
            if (changed) Layout.SkipEmptyBlocks(function);
        }
    }

    /// <summary>Where the block goes and how it ends; only blocks with the same key have a tail in common.</summary>
    private static (int, int, int, int, int) Key(MachineBlock block)
    {
        MachineInstruction? last = block.Instructions.Count > 0 ? block.Instructions[block.Instructions.Count - 1] : null;
        int first = block.Successors.Count > 0 ? block.Successors[0].Index : -1, second = block.Successors.Count > 1 ? block.Successors[1].Index : -1;
        return last is null ? (first, second, -1, 0, 0) : (first, second, last.Code, last.Destination, last.Source);
    }

    private static bool MergeLongest(MachineFunction function, List<MachineBlock> blocks)
    {
        (int Length, MachineBlock? First, MachineBlock? Second) best = (0, null, null);
        for (int i = 0; i < blocks.Count; i++)
        {
            for (int k = i + 1; k < blocks.Count && k <= i + Window; k++)
            {
                int length = CommonTail(blocks[i], blocks[k]);
                if (length > best.Length) best = (length, blocks[i], blocks[k]);
            }
        }
        if (best.Length < Minimum && !IsWhole(best.Length, best.First, best.Second)) return false;
        Share(function, best.Length, best.First!, best.Second!);
        return true;
    }

    private static bool IsWhole(int length, MachineBlock? first, MachineBlock? second) =>
        length > 0 && (first!.Instructions.Count == length || second!.Instructions.Count == length);

    private static int CommonTail(MachineBlock a, MachineBlock b)
    {
        if (!a.Successors.SequenceEqual(b.Successors)) return 0;
        int length = 0, limit = Math.Min(a.Instructions.Count, b.Instructions.Count);
        while (length < limit && AreSame(At(a, length), At(b, length))) length++;
        // A call belongs to the instruction that sets r1.
        for (int i = 0; i < length; i++)
        {
            if (!At(a, i).IsCall || At(a, i).CallArguments == 0) continue;
            int setter = i + 1;
            while (setter < length && !Sets(At(a, setter), 1)) setter++;
            if (setter >= length) return i;
        }
        // Two instructions that make one frame address stay together.
        while (length > 0 && At(a, length - 1) is { IsAlu: true, Slot: not null }) length--;
        return length;
    }

    private static MachineInstruction At(MachineBlock block, int fromEnd) => block.Instructions[block.Instructions.Count - 1 - fromEnd];

    private static bool Sets(MachineInstruction instruction, int register) =>
        !instruction.IsCall && instruction.Destination == register && instruction.Class is OpcodeClass.Load or OpcodeClass.LoadIndirect or OpcodeClass.Alu32 or OpcodeClass.Alu64;

    private static bool AreSame(MachineInstruction a, MachineInstruction b)
    {
        if (a.Code != b.Code || a.Destination != b.Destination || a.Source != b.Source || a.Offset != b.Offset || a.Immediate != b.Immediate
            || a.Slot != b.Slot || a.Symbol != b.Symbol || a.Relocation != b.Relocation || a.Target != b.Target || a.Core != b.Core
            || a.CallArguments != b.CallArguments || a.Region != b.Region) return false;
        bool isMemory = a.Class is OpcodeClass.LoadIndirect or OpcodeClass.Store or OpcodeClass.StoreIndirect;
        return !isMemory || a.Slot is not null || a.Region is not (Region.Unknown or Region.Btf or Region.Tracepoint);
    }

    private static void Share(MachineFunction function, int length, MachineBlock first, MachineBlock second)
    {
        // A block that is nothing but the tail is the shared one.
        (MachineBlock shared, MachineBlock[] others) =
            first.Instructions.Count == length ? (first, new[] { second })
            : second.Instructions.Count == length ? (second, [first])
            : (new MachineBlock(function.Blocks.Count) { LoopDepth = first.LoopDepth, IsCold = first.IsCold && second.IsCold }, [first, second]);
        if (shared != first && shared != second)
        {
            shared.Instructions.AddRange(first.Instructions.Skip(first.Instructions.Count - length));
            shared.Successors.AddRange(first.Successors);
            function.Blocks.Add(shared);
        }
        if (!shared.IsCold || others.Any(static o => !o.IsCold)) shared.IsCold = false;
        foreach (MachineBlock other in others)
        {
            other.Instructions.RemoveRange(other.Instructions.Count - length, length);
            other.Successors.Clear();
            other.Successors.Add(shared);
        }
    }
}
