using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Puts the bodies of functions in the place of their calls, callees first, and removes the functions that nothing refers to any more.
/// A callee's fault stays a fault: it ends the program from wherever it is.
/// </summary>
internal static class Inline
{
    /// <summary>A callee up to this cost is always inlined: the call itself takes moves, spills and a frame.</summary>
    private const int SmallCost = 40;

    /// <summary>All calls of a callee are inlined if the code grows by no more than this.</summary>
    private const int GrowthLimit = 160;

    /// <summary>A function that has grown to this takes in no more callees but those that must be inlined.</summary>
    private const int LargestCaller = 20_000;

    internal static void Run(Module module, CompilerOptions options)
    {
        Dictionary<string, Function> functions = module.Functions.ToDictionary(static f => f.Name);
        Dictionary<string, int> calls = CountCalls(module);
        Dictionary<Function, int> costs = [];
        Dictionary<string, ParameterUse[]> uses = [];
        PacketReferences packets = new(module);
        foreach (Function function in BottomUp(module))
        {
            int size = function.Blocks.Sum(static b => b.Values.Count);
            HashSet<Value> own = [.. Calls(function)], seen = [];
            // What the calls of an inlined callee have to be inlined for may only be seen here.
            while (Calls(function).Where(seen.Add).ToList() is { Count: > 0 } open)
            {
                PointerRegions.Infer(function);
                foreach (Value call in open)
                {
                    // A function that is not done yet calls itself, in the end: the front end reports that.
                    if (!costs.TryGetValue(functions[call.Symbol!], out int cost)) continue;
                    Function callee = functions[call.Symbol!];
                    if (!(own.Contains(call) && IsWanted(callee, cost, calls[callee.Name], size)) && !ReferenceArguments.NeedsInlining(call, callee, uses[callee.Name], options)
                        && !packets.NeedsInlining(call, callee) && !GetsPartOfContext(call, callee)) continue;
                    InlineCall.Expand(function, call, callee);
                    size += cost;
                }
            }
            ControlFlow.RemoveUnreachable(function);
            PointerRegions.Infer(function);
            costs[function] = Cost(function);
            uses[function.Name] = ParameterUses.Of(function, uses);
        }
        RemoveUnreferenced(module);
    }

    private static IEnumerable<Value> Calls(Function function) => function.Blocks.SelectMany(static b => b.Values).Where(static v => v.Op == Op.CallFunction);

    private static bool IsWanted(Function callee, int cost, int calls, int callerSize)
    {
        if (callee.IsGlobal) return false;
        if (callee.Parameters.Count > 5) return true;
        if (callee.Inline != InlineHint.Automatic) return callee.Inline == InlineHint.Always;
        if (callerSize > LargestCaller) return false;
        return cost <= SmallCost || calls == 1 || cost * (calls - 1) <= GrowthLimit;
    }

    /// <summary>Whether a call hands over a reference into the context: the verifier takes only constant steps from it, which the callee does not know for its argument.</summary>
    private static bool GetsPartOfContext(Value call, Function callee) => !callee.IsGlobal
        && call.Arguments.Where((a, i) => a.Type.Region == Region.Context && callee.Parameters[i].Type.Region != Region.Context).Any();

    private static int Cost(Function function)
    {
        int cost = 0;
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values) cost += InlineCost.Of(value);
        }
        return cost;
    }

    private static Dictionary<string, int> CountCalls(Module module)
    {
        Dictionary<string, int> calls = [];
        foreach (Value value in module.Functions.SelectMany(static f => f.Blocks).SelectMany(static b => b.Values))
        {
            if (value.Op != Op.CallFunction) continue;
            calls.TryGetValue(value.Symbol!, out int count);
            calls[value.Symbol!] = count + 1;
        }
        return calls;
    }

    /// <summary>The functions, each behind those that it refers to.</summary>
    internal static List<Function> BottomUp(Module module)
    {
        Dictionary<string, Function> functions = module.Functions.ToDictionary(static f => f.Name);
        return CallOrder.BottomUp(module.Functions, name => functions[name]);
    }

    /// <summary>Removes the functions that no program leads to.</summary>
    internal static void RemoveUnreferenced(Module module)
    {
        Dictionary<string, Function> functions = module.Functions.ToDictionary(static f => f.Name);
        HashSet<string> needed = [];
        Stack<Function> work = new(module.Functions.Where(static f => f.IsProgram));
        // A module without programs is a library of functions: a test's, or one function that is looked at.
        if (work.Count == 0) return;
        while (work.Count > 0)
        {
            Function function = work.Pop();
            if (!needed.Add(function.Name)) continue;
            foreach (string callee in CallOrder.References(function)) work.Push(functions[callee]);
        }
        module.Functions.RemoveAll(f => !needed.Contains(f.Name));
    }
}
