using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>Removes phis whose arguments are one value, beside themselves.</summary>
internal static class TrivialPhis
{
    /// <summary>Removes those of <paramref name="phis"/> that are trivial, and those that become so by it.</summary>
    internal static void Remove(Function function, IReadOnlyList<Value> phis, Replacements replacements)
    {
        Dictionary<Value, List<Value>> users = [];
        foreach (Value phi in phis)
        {
            foreach (Value argument in phi.Arguments)
            {
                if (argument.Op != Op.Phi || argument == phi) continue;
                if (!users.TryGetValue(argument, out List<Value>? list)) users[argument] = list = [];
                list.Add(phi);
            }
        }
        Queue<Value> work = new(phis);
        while (work.Count > 0)
        {
            Value phi = work.Dequeue();
            if (phi.Block is null || TrivialValue(phi, replacements) is not { } same) continue;
            replacements.Replace(phi, same);
            if (!users.TryGetValue(phi, out List<Value>? list)) continue;
            foreach (Value user in list) work.Enqueue(user);
            if (same.Op != Op.Phi) continue;
            if (users.TryGetValue(same, out List<Value>? others)) others.AddRange(list);
            else users[same] = list;
        }
    }

    /// <summary>Removes all trivial phis of a function.</summary>
    /// <returns>Whether there were any.</returns>
    internal static bool Remove(Function function)
    {
        Replacements replacements = new(function);
        Remove(function, [.. function.Blocks.SelectMany(static b => b.Phis)], replacements);
        return replacements.Apply();
    }

    /// <summary>The one value that a phi stands for, null if it chooses.</summary>
    private static Value? TrivialValue(Value phi, Replacements replacements)
    {
        Value? same = null;
        foreach (Value argument in phi.Arguments)
        {
            Value resolved = replacements.Resolve(argument);
            if (resolved == phi || resolved == same) continue;
            if (same is not null) return null;
            same = resolved;
        }
        return same;
    }
}
