namespace BpfSharp.Loading;

/// <summary>Which programs stand in for which, first choice first.</summary>
internal static class FallbackChains
{
    /// <summary>Each program that stands in for no other, with those that stand in for it.</summary>
    /// <exception cref="InvalidOperationException">A program stands in for one that is not there, for itself, or for one that another stands in for already.</exception>
    public static List<List<BpfProgramSettings>> Of(BpfOpenObject opened)
    {
        Dictionary<string, BpfProgramSettings> next = new(StringComparer.Ordinal);
        foreach (BpfProgramSettings program in opened.Programs)
        {
            if (program.FallbackOf is not { } first) continue;
            if (opened.Programs.All(p => p.Name != first))
                throw new InvalidOperationException($"program '{program.Name}' stands in for '{first}', which object '{opened.Name}' does not have");
            if (!next.TryAdd(first, program))
                throw new InvalidOperationException($"programs '{next[first].Name}' and '{program.Name}' both stand in for '{first}'; let one stand in for the other");
        }

        List<List<BpfProgramSettings>> chains = [];
        int placed = 0;
        foreach (BpfProgramSettings program in opened.Programs.Where(p => p.FallbackOf is null))
        {
            List<BpfProgramSettings> chain = [program];
            while (next.TryGetValue(chain[^1].Name, out BpfProgramSettings? other)) chain.Add(other);
            placed += chain.Count;
            chains.Add(chain);
        }

        return placed == opened.Programs.Count
            ? chains : throw new InvalidOperationException($"programs of object '{opened.Name}' stand in for each other in a circle");
    }
}
