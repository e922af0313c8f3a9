using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>
/// Counters of loops. In each round the verifier knows a counter's number; up to Linux 6.7 it decides a comparison of a known number with
/// a range only if the number is on the right. On the left it goes on counting for ever, as it never sees the loop end.
/// </summary>
internal static class LoopCounters
{
    private const int MostSteps = 8, MostJoins = 8;

    /// <summary>Whether a value is a counter that starts with a constant, or one changed by constants.</summary>
    public static bool Is(Value value) => Phi(value) is not null;

    /// <summary>The phi of the counter that a value is, or is computed from with constants; it may join the numbers of several ways to the next round.</summary>
    public static Value? Phi(Value value)
    {
        Value phi = Source(value);
        if (IsCounter(phi)) return phi;
        return phi.Op == Op.Phi && Source(phi.Arguments[0]) is var counter && IsCounter(counter) && Leads(phi, counter) ? counter : null;
    }

    private static bool IsCounter(Value phi) =>
        phi.Op == Op.Phi && phi.Arguments.Exists(static a => a.Op == Op.Const) && phi.Arguments.TrueForAll(a => a.Op == Op.Const || Leads(a, phi));

    /// <summary>Whether a value is computed from a counter with constants, whichever way was gone.</summary>
    private static bool Leads(Value value, Value counter)
    {
        HashSet<Value> seen = [];
        Stack<Value> work = new([value]);
        while (work.Count > 0)
        {
            Value at = Source(work.Pop());
            if (at == counter || !seen.Add(at)) continue;
            if (at.Op != Op.Phi || seen.Count > MostJoins) return false;
            foreach (Value argument in at.Arguments) work.Push(argument);
        }
        return true;
    }

    private static Value Source(Value value)
    {
        for (int i = 0; i < MostSteps; i++)
        {
            bool isStep = value.Op is Op.ZExt8 or Op.ZExt16 or Op.ZExt32 or Op.SExt8 or Op.SExt16 or Op.SExt32 or Op.Trunc
                || (value.Op is Op.Add or Op.Sub or Op.And or Op.Shl or Op.LShr or Op.AShr && value.Arguments[1].Op == Op.Const);
            if (!isStep) break;
            value = value.Arguments[0];
        }
        return value;
    }
}
