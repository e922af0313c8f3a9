namespace BpfSharp.Compiler.Target;

/// <summary>
/// Which registers are live at the borders of each block, as lists in ascending order. Each register is followed from its uses back to its
/// definitions, so the work is in proportion to what is live, not to blocks times registers.
/// </summary>
internal sealed class MachineLiveness
{
    private static readonly List<int> s_none = [];
    private readonly Dictionary<MachineBlock, int> _numbers = [];
    private readonly List<int>?[] _liveOut;
    private readonly List<int>?[] _liveIn;

    private MachineLiveness(MachineFunction function)
    {
        foreach (MachineBlock block in function.Blocks) _numbers[block] = _numbers.Count;
        _liveOut = new List<int>?[_numbers.Count];
        _liveIn = new List<int>?[_numbers.Count];
    }

    /// <summary>The registers live at the end of <paramref name="block"/>, in ascending order.</summary>
    public List<int> LiveOut(MachineBlock block) => _liveOut[_numbers[block]] ?? s_none;

    /// <summary>Whether <paramref name="register"/> is live at the start of <paramref name="block"/>.</summary>
    public bool IsLiveIn(MachineBlock block, int register) => _liveIn[_numbers[block]] is { } live && live.BinarySearch(register) >= 0;

    /// <summary>Computes liveness.</summary>
    public static MachineLiveness Compute(MachineFunction function)
    {
        MachineLiveness liveness = new(function);
        List<int>?[] exposed = new List<int>?[function.RegisterCount], defining = new List<int>?[function.RegisterCount];
        liveness.Collect(function, exposed, defining);
        List<int>[] predecessors = liveness.Predecessors(function);
        int[] defines = new int[function.Blocks.Count], isIn = new int[function.Blocks.Count], isOut = new int[function.Blocks.Count];
        Stack<int> work = new();
        for (int register = 0; register < exposed.Length; register++)
        {
            if (exposed[register] is not { } uses) continue;
            // Marks are the register's number plus one, so that they need no clearing.
            int mark = register + 1;
            foreach (int block in defining[register] ?? s_none) defines[block] = mark;
            foreach (int block in uses) Enter(block, register, mark);
            while (work.Count > 0)
            {
                foreach (int block in predecessors[work.Pop()])
                {
                    if (isOut[block] == mark) continue;
                    isOut[block] = mark;
                    (liveness._liveOut[block] ??= []).Add(register);
                    if (defines[block] != mark) Enter(block, register, mark);
                }
            }
        }
        return liveness;

        void Enter(int block, int register, int mark)
        {
            if (isIn[block] == mark) return;
            isIn[block] = mark;
            (liveness._liveIn[block] ??= []).Add(register);
            work.Push(block);
        }
    }

    /// <summary>Finds the blocks that read each register before they write it, and those that write it.</summary>
    private void Collect(MachineFunction function, List<int>?[] exposed, List<int>?[] defining)
    {
        int[] used = new int[function.RegisterCount], defined = new int[function.RegisterCount];
        Span<int> registers = stackalloc int[Operands.Maximum];
        for (int b = 0; b < function.Blocks.Count; b++)
        {
            foreach (MachineInstruction instruction in function.Blocks[b].Instructions)
            {
                int count = Operands.Uses(instruction, registers);
                for (int i = 0; i < count; i++)
                {
                    int register = registers[i];
                    if (defined[register] == b + 1 || used[register] == b + 1) continue;
                    used[register] = b + 1;
                    (exposed[register] ??= []).Add(b);
                }
                count = Operands.Definitions(instruction, registers);
                for (int i = 0; i < count; i++)
                {
                    int register = registers[i];
                    if (defined[register] == b + 1) continue;
                    defined[register] = b + 1;
                    (defining[register] ??= []).Add(b);
                }
            }
        }
    }

    private List<int>[] Predecessors(MachineFunction function)
    {
        List<int>[] predecessors = new List<int>[function.Blocks.Count];
        for (int b = 0; b < predecessors.Length; b++) predecessors[b] = [];
        for (int b = 0; b < predecessors.Length; b++)
        {
            foreach (MachineBlock successor in function.Blocks[b].Successors) predecessors[_numbers[successor]].Add(b);
        }
        return predecessors;
    }
}
