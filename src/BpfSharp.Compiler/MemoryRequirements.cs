using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Passes;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler;

/// <summary>
/// Whether the memory that helpers get with a length is one that the verifier can follow: it adds the most that the start can be to the most that the length can be, and
/// does not know that one is less where the other is more.
/// </summary>
internal static class MemoryRequirements
{
    /// <summary>Adds a diagnostic for each helper call whose memory starts and ends at places that vary, too far for the verifier.</summary>
    public static void Check(Module module, ICollection<CompilerDiagnostic> diagnostics)
    {
        HashSet<(long Helper, int DebugId)> reported = [];
        foreach (Function function in module.Functions)
        {
            HashSet<Value> calls = [.. function.Blocks.SelectMany(static b => b.Values).Where(static v => v.Op == Op.CallHelper && Varying(v).Any())];
            if (calls.Count == 0) continue;
            Ranges.Observe(function, (value, facts) =>
            {
                if (!calls.Contains(value) || !Varying(value).Any(m => IsTooFar(function, module, m, facts)) || !reported.Add((value.Immediate, value.DebugId))) return;
                diagnostics.Add(new CompilerDiagnostic("BPF0529", value.DebugId, [Helpers.Find((int)value.Immediate)!.Name]));
            });
        }
    }

    /// <summary>Memory of a helper call: where it starts, the parts of that that vary, the constant ones, and the length.</summary>
    private sealed record Extent(Value Start, List<Value> Parts, long Offset, Value Length);

    private static IEnumerable<Extent> Varying(Value call)
    {
        if (Helpers.Find((int)call.Immediate) is not { } helper) yield break;
        for (int i = 0; i + 1 < Math.Min(helper.Arguments.Length, call.Arguments.Count); i++)
        {
            if (helper.Arguments[i + 1] is not (HelperArgument.Size or HelperArgument.SizeOrZero) || call.Arguments[i + 1].Op == Op.Const) continue;
            List<Value> parts = [];
            long offset = 0;
            Value start = call.Arguments[i];
            for (; start.Op == Op.PtrAdd && start.Core is null; start = start.Arguments[0])
            {
                offset += start.Immediate;
                if (start.Arguments.Count == 2) parts.Add(start.Arguments[1]);
            }
            // What comes together from different ways the verifier knows on each of them.
            if (parts.Count > 0 && !parts.Exists(IsChosen) && !IsChosen(call.Arguments[i + 1])) yield return new Extent(start, parts, offset, call.Arguments[i + 1]);
        }
    }

    private static bool IsTooFar(Function function, Module module, Extent memory, RangeFacts facts)
    {
        if (BoundedAddresses.SizeBehind(function, module, memory.Start) is not { } whole) return false;
        decimal most = memory.Offset + (decimal)facts.Of(memory.Length).UMax;
        foreach (Value part in memory.Parts) most += facts.Of(part).UMax;
        return most > whole;
    }

    private static bool IsChosen(Value value)
    {
        HashSet<Value> seen = [];
        Stack<Value> work = new([value]);
        while (work.Count > 0)
        {
            Value at = work.Pop();
            if (at.Op == Op.Phi) return true;
            if (!at.Op.IsPure() || !seen.Add(at)) continue;
            foreach (Value argument in at.Arguments) work.Push(argument);
        }
        return false;
    }
}
