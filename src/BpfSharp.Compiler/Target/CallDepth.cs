using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Target;

/// <summary>What the kernel's stack holds at most, as the verifier counts it: each function of a chain of calls and callbacks, in steps of 32 bytes.</summary>
internal static class CallDepth
{
    /// <summary>How many functions of a chain may be active (<c>MAX_CALL_FRAMES</c>).</summary>
    public const int MostFrames = 8;

    private const int Step = 32;

    /// <summary>The chain from a function that takes most stack.</summary>
    public static List<MachineFunction> Deepest(MachineFunction from, IReadOnlyDictionary<string, MachineFunction> functions) => Longest(from, functions, Size, []);

    /// <summary>The chain from a function with most calls.</summary>
    public static List<MachineFunction> Longest(MachineFunction from, IReadOnlyDictionary<string, MachineFunction> functions) => Longest(from, functions, static _ => 1, []);

    /// <summary>Bytes that a function takes.</summary>
    public static int Size(MachineFunction function) => (Math.Max(function.StackSize, 1) + Step - 1) / Step * Step;

    private static List<MachineFunction> Longest(
        MachineFunction from, IReadOnlyDictionary<string, MachineFunction> functions, Func<MachineFunction, int> weight, Dictionary<MachineFunction, List<MachineFunction>> known)
    {
        if (known.TryGetValue(from, out List<MachineFunction>? chain)) return chain;
        List<MachineFunction> rest = [];
        foreach (string callee in Callees(from.Source))
        {
            if (!functions.TryGetValue(callee, out MachineFunction? function)) continue;
            List<MachineFunction> candidate = Longest(function, functions, weight, known);
            if (candidate.Sum(weight) > rest.Sum(weight)) rest = candidate;
        }
        known.Add(from, chain = [from, .. rest]);
        return chain;
    }

    private static IEnumerable<string> Callees(Function function) =>
        function.Blocks.SelectMany(static b => b.Values).Where(static v => v.Op is Op.CallFunction or Op.FunctionAddress).Select(static v => v.Symbol!).Distinct(StringComparer.Ordinal);
}
