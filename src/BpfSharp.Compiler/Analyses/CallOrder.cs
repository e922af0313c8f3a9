using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>Orders of the functions by what they refer to: what they call, and callbacks.</summary>
internal static class CallOrder
{
    /// <summary>Some functions and all that they lead to, each behind those that it refers to.</summary>
    /// <param name="from">The functions.</param>
    /// <param name="find">Gives the function with a name; null if it is none of those that are looked at.</param>
    internal static List<Function> BottomUp(IEnumerable<Function> from, Func<string, Function?> find)
    {
        List<Function> order = [];
        HashSet<Function> seen = [];
        Stack<(Function Function, IEnumerator<string> References)> work = new();
        foreach (Function function in from)
        {
            Enter(function);
            while (work.Count > 0)
            {
                (Function top, IEnumerator<string> references) = work.Peek();
                if (references.MoveNext())
                {
                    if (find(references.Current) is { } next) Enter(next);
                    continue;
                }
                work.Pop().References.Dispose();
                order.Add(top);
            }
        }
        return order;

        void Enter(Function function)
        {
            if (seen.Add(function)) work.Push((function, References(function).GetEnumerator()));
        }
    }

    /// <summary>The names of the functions that a function refers to, each as often as it does.</summary>
    internal static IEnumerable<string> References(Function function) =>
        function.Blocks.SelectMany(static b => b.Values).Where(static v => v.Op is Op.CallFunction or Op.FunctionAddress).Select(static v => v.Symbol!);
}
