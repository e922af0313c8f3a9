namespace BpfSharp.Compiler.Target;

/// <summary>Which registers are live at the end of each block.</summary>
internal sealed class MachineLiveness
{
    private readonly Dictionary<MachineBlock, ulong[]> _liveOut = [];
    private readonly Dictionary<MachineBlock, ulong[]> _liveIn = [];

    private MachineLiveness()
    {
    }

    /// <summary>The set of registers live at the end of <paramref name="block"/>, one bit each.</summary>
    public ulong[] LiveOut(MachineBlock block) => _liveOut[block];

    /// <summary>The set of registers live at the start of <paramref name="block"/>, one bit each.</summary>
    public ulong[] LiveIn(MachineBlock block) => _liveIn[block];

    /// <summary>Computes liveness by iterating backwards until nothing changes.</summary>
    public static MachineLiveness Compute(MachineFunction function)
    {
        int words = (function.RegisterCount + 63) / 64;
        MachineLiveness liveness = new();
        Dictionary<MachineBlock, (ulong[] Use, ulong[] Definition)> local = [];
        Span<int> registers = stackalloc int[Operands.Maximum];
        foreach (MachineBlock block in function.Blocks)
        {
            ulong[] use = new ulong[words], definition = new ulong[words];
            foreach (MachineInstruction instruction in block.Instructions)
            {
                int count = Operands.Uses(instruction, registers);
                for (int i = 0; i < count; i++)
                {
                    if (!Contains(definition, registers[i])) Add(use, registers[i]);
                }
                count = Operands.Definitions(instruction, registers);
                for (int i = 0; i < count; i++) Add(definition, registers[i]);
            }
            local[block] = (use, definition);
            liveness._liveIn[block] = (ulong[])use.Clone();
            liveness._liveOut[block] = new ulong[words];
        }
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int b = function.Blocks.Count - 1; b >= 0; b--)
            {
                MachineBlock block = function.Blocks[b];
                ulong[] liveOut = liveness._liveOut[block], liveIn = liveness._liveIn[block];
                (ulong[] use, ulong[] definition) = local[block];
                foreach (MachineBlock successor in block.Successors)
                {
                    ulong[] from = liveness._liveIn[successor];
                    for (int i = 0; i < words; i++) liveOut[i] |= from[i];
                }
                for (int i = 0; i < words; i++)
                {
                    ulong value = use[i] | (liveOut[i] & ~definition[i]);
                    if (value == liveIn[i]) continue;
                    liveIn[i] = value;
                    changed = true;
                }
            }
        }
        return liveness;
    }

    /// <summary>Whether <paramref name="register"/> is in the set.</summary>
    public static bool Contains(ulong[] set, int register) => (set[register >> 6] >> (register & 63) & 1) != 0;

    /// <summary>Adds <paramref name="register"/> to the set.</summary>
    public static void Add(ulong[] set, int register) => set[register >> 6] |= 1UL << (register & 63);

    /// <summary>Removes <paramref name="register"/> from the set.</summary>
    public static void Remove(ulong[] set, int register) => set[register >> 6] &= ~(1UL << (register & 63));
}
