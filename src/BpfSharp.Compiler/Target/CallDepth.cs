using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Target;

/// <summary>What the kernel's stack holds at most, as the verifier counts it: each function of a chain of calls and callbacks, in steps of 32 bytes.</summary>
internal static class CallDepth
{
    /// <summary>How many functions of a chain may be active (<c>MAX_CALL_FRAMES</c>).</summary>
    public const int MostFrames = 8;

    private const int Step = 32;

    /// <summary>The chain from a function that takes most stack.</summary>
    public static List<MachineFunction> Deepest(MachineFunction from, IReadOnlyDictionary<string, MachineFunction> functions) => Longest(from, functions, Size);

    /// <summary>The chain from a function with most calls.</summary>
    public static List<MachineFunction> Longest(MachineFunction from, IReadOnlyDictionary<string, MachineFunction> functions) => Longest(from, functions, static _ => 1);

    /// <summary>Bytes that a function takes.</summary>
    public static int Size(MachineFunction function) => (Math.Max(function.StackSize, 1) + Step - 1) / Step * Step;

    private static List<MachineFunction> Longest(MachineFunction from, IReadOnlyDictionary<string, MachineFunction> functions, Func<MachineFunction, int> weight)
    {
        Dictionary<Function, (int Weight, Function? Next)> longest = [];
        foreach (Function function in CallOrder.BottomUp([from.Source], name => functions.TryGetValue(name, out MachineFunction? machine) ? machine.Source : null))
        {
            (int Weight, Function? Next) most = default;
            foreach (string name in CallOrder.References(function))
            {
                if (functions.TryGetValue(name, out MachineFunction? callee) && longest[callee.Source].Weight is var below && below > most.Weight) most = (below, callee.Source);
            }
            longest.Add(function, (most.Weight + weight(functions[function.Name]), most.Next));
        }
        List<MachineFunction> chain = [];
        for (Function? at = from.Source; at is not null; at = longest[at].Next) chain.Add(functions[at.Name]);
        return chain;
    }
}
