using BpfSharp.Objects;

namespace BpfSharp.Benchmarks.Code;

/// <summary>The code of the compiler next to clang's -O2 of the same program in C: same behaviour first, then size and speed.</summary>
internal static class CodeSuite
{
    /// <summary>Runs the suite; 0 if every program was compared.</summary>
    public static int Run()
    {
        try
        {
            using Clang clang = new();
            Dictionary<string, double> floors = Floors(clang);
            List<(double Instructions, double Processed, double? Time)> ratios = [];
            Console.WriteLine($"{"program",-16} {"side",-9} {"insns",6} {"processed",10} {"jited",6} {"stack",6} {"ns",8}");
            foreach (CodeCase @case in CodeCases.All) ratios.Add(Compare(clang, @case, floors));
            double[] times = [.. ratios.Where(static r => r.Time is not null).Select(static r => r.Time!.Value)];
            Console.WriteLine($"RATIO code instructions={Mean(ratios.Select(static r => r.Instructions)):f3} processed={Mean(ratios.Select(static r => r.Processed)):f3} ns={Mean(times):f3}");
            return 0;
        }
        catch (Exception e) when (e is PeerMissingException or BpfException or BehaviourDiffersException)
        {
            Console.Error.WriteLine($"code: {e.Message}");
            return 1;
        }
    }

    private static (double, double, double?) Compare(Clang clang, CodeCase @case, Dictionary<string, double> floors)
    {
        byte[] image = @case.Image();
        using Candidate ours = new(BpfObject.Open(image, @case.Name), @case.Program, Count(ObjectReader.Read(image), @case.Program));
        using Candidate v3 = Peer(clang, @case, "v3");
        using Candidate v4 = Peer(clang, @case, "v4");
        CheckBehaviour(@case, ours, v3, v4);
        double?[] times = new double?[3];
        if (@case.Empty is not null)
        {
            double floor = floors[@case.Empty];
            Candidate[] sides = [ours, v3, v4];
            for (int i = 0; i < sides.Length; i++) times[i] = @case.Timed.Average(p => Math.Max(sides[i].Time(p) - floor, 0.5));
        }
        Show(@case.Name, "C#", ours, times[0]);
        Show("", "clang v3", v3, times[1]);
        Show("", "clang v4", v4, times[2]);
        return ((double)ours.Instructions / v3.Instructions, (double)ours.Processed / v3.Processed, times[0] / times[1]);
    }

    private static Candidate Peer(Clang clang, CodeCase @case, string cpu)
    {
        string path = clang.Compile(@case.Peer, cpu);
        return new Candidate(BpfObjectFile.Open(path), @case.PeerProgram, Count(ObjectReader.Read(File.ReadAllBytes(path)), @case.PeerProgram),
            name => @case.Maps.FirstOrDefault(m => m.Ours == name).Theirs ?? PeerMapName(@case, name));
    }

    /// <summary>The peers' maps have our names in lower case behind a prefix.</summary>
    private static string PeerMapName(CodeCase @case, string name) =>
        @case.Peer switch { "xdpfw" => "fw_", "ratelimit" => "rl_", _ => "pc_" } + name.ToLowerInvariant();

    private static void CheckBehaviour(CodeCase @case, params Candidate[] sides)
    {
        foreach (Candidate side in sides) @case.Prepare(side.Map);
        if (@case.Observe is { } observe)
        {
            CheckSame(@case, "saw", observe(sides));
            return;
        }
        foreach (byte[] packet in Packets.All())
        {
            uint?[] results = [.. sides.Select(s => s.Run(packet))];
            if (results.Distinct().Count() == 1) continue;
            throw new BehaviourDiffersException($"{@case.Name}: {results[0]} but clang's {string.Join(" and ", results[1..])} for the packet {Convert.ToHexString(packet)}");
        }
        foreach ((string name, _) in @case.Maps)
        {
            CheckSame(@case, $"the map {name} holds", [.. sides.Select(s => s.Content(name, @case.KeysOnly.Contains(name)))]);
        }
    }

    private static void CheckSame(CodeCase @case, string what, string[] contents)
    {
        if (contents.Distinct().Count() == 1) return;
        throw new BehaviourDiffersException($"{@case.Name}: {what}\n{contents[0]}\nbut clang's\n{string.Join("\nand\n", contents[1..])}");
    }

    /// <summary>What the empty programs take: the cost of running a program at all.</summary>
    private static Dictionary<string, double> Floors(Clang clang)
    {
        string path = clang.Compile("noop", "v3");
        Dictionary<string, double> floors = [];
        foreach (string name in CodeCases.All.Select(static c => c.Empty).OfType<string>().Distinct())
        {
            using Candidate empty = new(BpfObjectFile.Open(path), name, 2);
            floors[name] = empty.Time(Packets.Udp);
        }
        return floors;
    }

    private static int Count(ObjectSpec spec, string programs) =>
        programs.Split('+').Sum(program => spec.Functions.Single(f => f.Name == program).Instructions.Length) + spec.Functions.Where(static f => f.Section == ".text").Sum(static f => f.Instructions.Length);

    private static void Show(string program, string side, Candidate candidate, double? time) =>
        Console.WriteLine($"{program,-16} {side,-9} {candidate.Instructions,6} {candidate.Processed,10} {candidate.JitedBytes,6} {candidate.Stack,6} {(time is null ? "-" : time.Value.ToString("f1")),8}");

    private static double Mean(IEnumerable<double> ratios) => Math.Exp(ratios.Average(Math.Log));
}

/// <summary>The two sides do not do the same, so their speed cannot be compared.</summary>
internal sealed class BehaviourDiffersException(string message) : Exception(message);
