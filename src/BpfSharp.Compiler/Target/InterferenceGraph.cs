namespace BpfSharp.Compiler.Target;

/// <summary>
/// Which registers are live at the same time, and which are copied to each other. Real registers interfere with one another and
/// keep no neighbour lists.
/// </summary>
internal sealed class InterferenceGraph
{
    private readonly PairSet _edges = new();

    private InterferenceGraph(int count)
    {
        Neighbours = new List<int>[count];
        Degree = new int[count];
        for (int i = 0; i < count; i++)
        {
            Neighbours[i] = [];
            if (i < Register.FirstVirtual) Degree[i] = int.MaxValue / 2;
        }
    }

    /// <summary>The neighbours of each virtual register.</summary>
    public List<int>[] Neighbours { get; }

    /// <summary>The number of neighbours that are still in the graph.</summary>
    public int[] Degree { get; }

    /// <summary>The copies, candidates for coalescing.</summary>
    public List<MachineInstruction> Moves { get; } = [];

    /// <summary>The uses and definitions of each register, weighted by loop depth.</summary>
    public double[] Cost { get; private set; } = [];

    /// <summary>Builds the graph from liveness.</summary>
    public static InterferenceGraph Build(MachineFunction function, MachineLiveness liveness)
    {
        InterferenceGraph graph = new(function.RegisterCount) { Cost = new double[function.RegisterCount] };
        for (int a = 0; a < Register.Allocatable; a++)
        {
            for (int b = 0; b < a; b++) graph.AddEdge(a, b);
        }
        List<int> live = [];
        int[] position = new int[function.RegisterCount];
        Span<int> registers = stackalloc int[Operands.Maximum];
        foreach (MachineBlock block in function.Blocks)
        {
            double weight = Math.Pow(10, Math.Min(block.LoopDepth, 6)) * (block.IsCold ? 0.1 : 1);
            foreach (int register in live) position[register] = 0;
            live.Clear();
            foreach (int register in liveness.LiveOut(block)) Insert(register);
            for (int i = block.Instructions.Count - 1; i >= 0; i--)
            {
                MachineInstruction instruction = block.Instructions[i];
                bool isMove = instruction.IsMove && instruction.Source != Register.Frame;
                if (isMove)
                {
                    Erase(instruction.Source);
                    graph.Moves.Add(instruction);
                }
                int count = Operands.Definitions(instruction, registers);
                for (int d = 0; d < count; d++)
                {
                    Insert(registers[d]);
                    graph.Cost[registers[d]] += weight;
                }
                for (int d = 0; d < count; d++)
                {
                    foreach (int other in live) graph.AddEdge(registers[d], other);
                }
                for (int d = 0; d < count; d++) Erase(registers[d]);
                count = Operands.Uses(instruction, registers);
                for (int u = 0; u < count; u++)
                {
                    Insert(registers[u]);
                    graph.Cost[registers[u]] += weight;
                }
            }
        }
        return graph;

        void Insert(int register)
        {
            if (position[register] != 0) return;
            live.Add(register);
            position[register] = live.Count;
        }

        void Erase(int register)
        {
            int place = position[register];
            if (place == 0) return;
            int last = live[live.Count - 1];
            live[place - 1] = last;
            position[last] = place;
            live.RemoveAt(live.Count - 1);
            position[register] = 0;
        }
    }

    /// <summary>Whether two registers cannot be the same.</summary>
    public bool Interferes(int a, int b) => _edges.Contains(a, b);

    /// <summary>Notes that two registers cannot be the same; returns whether that is news.</summary>
    public bool AddEdge(int a, int b)
    {
        if (a == b || !_edges.Add(a, b)) return false;
        if (a >= Register.FirstVirtual)
        {
            Neighbours[a].Add(b);
            Degree[a]++;
        }
        if (b >= Register.FirstVirtual)
        {
            Neighbours[b].Add(a);
            Degree[b]++;
        }
        return true;
    }
}
