using System.Runtime.InteropServices;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Interop;

/// <summary>Two loaders' results side by side: what only one loads, and where their instructions differ.</summary>
internal static class ResultComparison
{
    // Of an address: map and map value by descriptor (BPF_PSEUDO_MAP_FD, _VALUE), and by index.
    private static readonly int[] s_descriptors = [1, 2, 5, 6];

    // What stands for a kernel function that is not there; libbpf adds the number of the extern.
    private const int MissingFunction = 2002000000;

    /// <summary>Prints it; 1 if libbpf loads a program that ours does not, or the instructions differ.</summary>
    public static int Run(string ours, string libbpf)
    {
        Dictionary<(string, string), Result> mine = Read(ours), theirs = Read(libbpf);
        SortedDictionary<string, int> counts = new(StringComparer.Ordinal);
        foreach (((string file, string program) key, Result other) in theirs)
        {
            Result own = mine.GetValueOrDefault(key) ?? mine.GetValueOrDefault((key.file, "-")) ?? new Result("absent", "", "", []);
            string outcome = (own.State == "ok", other.State == "ok") switch
            {
                (true, true) => Same(own, other) ? "both load, equal" : "both load, but differ",
                (true, false) => "only ours",
                (false, true) => "only libbpf's",
                _ => own.Code.Length == 0 || other.Code.Length == 0 ? "both fail" : Same(own, other) ? "both fail on equal instructions" : "both fail on other instructions",
            };
            counts[outcome] = counts.GetValueOrDefault(outcome) + 1;
            if (outcome is "only libbpf's" or "both load, but differ" || own.State == "crash") Console.WriteLine($"{key.file} {key.program}: {outcome}: {own.Message}");
        }

        foreach ((string outcome, int count) in counts) Console.WriteLine($"{count,6} {outcome}");
        return counts.ContainsKey("only libbpf's") || counts.ContainsKey("both load, but differ") ? 1 : 0;
    }

    private static Dictionary<(string, string), Result> Read(string path)
    {
        Dictionary<(string, string), Result> results = [];
        foreach (string line in File.ReadLines(path))
        {
            string[] fields = line.Split('\t');
            if (fields.Length < 4) continue;
            results[(fields[0], fields[1])] = new(fields[2], fields[3], fields.Length > 4 ? fields[4] : "",
                fields.Length > 5 && fields[5].Length > 0 ? [.. fields[5].Split(',').Select(int.Parse)] : []);
        }

        return results;
    }

    private static bool Same(Result ours, Result libbpf) =>
        Normal(ours.Code, ours.LocalIds).AsSpan().SequenceEqual(Normal(libbpf.Code, ours.LocalIds));

    /// <summary>The instructions without what is each loader's own: descriptors, indices of module types, and ids of the object's types, which ours renumbers.</summary>
    private static Instruction[] Normal(string code, IReadOnlyList<int> localIds)
    {
        Instruction[] instructions = [.. MemoryMarshal.Cast<byte, Instruction>(Convert.FromHexString(code))];
        for (int i = 0; i < instructions.Length; i++)
        {
            Instruction instruction = instructions[i];
            if (instruction.IsLoadImmediate64)
            {
                if (s_descriptors.Contains(instruction.Source)) instructions[i] = instruction with { Immediate = 0 };
                i++;
            }
            else if (instruction.IsCall && instruction.Source == 0 && instruction.Immediate is >= MissingFunction and < MissingFunction + 10_000)
            {
                instructions[i] = instruction with { Immediate = MissingFunction };
            }
            else if (instruction.IsCall && instruction.Source == 2)
            {
                instructions[i] = instruction with { Offset = 0 };
            }
        }

        foreach (int index in localIds.Where(l => l < instructions.Length)) instructions[index] = instructions[index] with { Immediate = 0 };
        return instructions;
    }

    private sealed record Result(string State, string Code, string Message, IReadOnlyList<int> LocalIds);
}
