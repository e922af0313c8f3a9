using System.Text.RegularExpressions;

namespace BpfSharp.Benchmarks.Code;

/// <summary>A loaded program of one side, to be asked and run.</summary>
internal sealed partial class Candidate : IDisposable
{
    private const int Rounds = 9;
    private const int Repeat = 200_000;
    private const int InvalidArgument = 22;

    private readonly BpfObject _object;
    private readonly BpfProgram[] _programs;
    private readonly Func<string, string> _mapName;

    public Candidate(BpfOpenObject opened, string programs, int instructions, Func<string, string>? mapName = null)
    {
        _mapName = mapName ?? (static name => name);
        Dictionary<string, string> logs = [];
        _object = opened.Load(new BpfLoadOptions { LogLevel = 4, LogSink = (name, text) => logs[name] = text });
        _programs = [.. programs.Split('+').Select(_object.Program)];
        Instructions = instructions;
        Stack = _programs.Max(p => int.Parse(StackDepth().Match(logs.GetValueOrDefault(p.Name, "")) is { Success: true } depth ? depth.Groups[1].Value : "0"));
        Processed = _programs.Sum(static p => (int)(p.Info.VerifiedInstructions ?? 0));
        JitedBytes = _programs.Sum(static p => p.Info.JitedLength);
    }

    /// <summary>Instructions in the object, 64-bit loads counted as two.</summary>
    public int Instructions { get; }

    /// <summary>Instructions that the verifier followed.</summary>
    public int Processed { get; }

    /// <summary>Bytes of machine code.</summary>
    public int JitedBytes { get; }

    /// <summary>Bytes of stack.</summary>
    public int Stack { get; }

    /// <summary>A map by our name.</summary>
    public BpfMap Map(string name) => _object.Map(_mapName(name));

    /// <summary>The programs.</summary>
    public IReadOnlyList<BpfProgram> Programs => _programs;

    /// <summary>The program's verdict on a packet; null if the kernel refuses to make such a packet, as it does with short ones for tc.</summary>
    public uint? Run(byte[] packet)
    {
        try
        {
            return _programs[0].TestRun(packet).ReturnValue;
        }
        catch (BpfException e) when (e.ErrorNumber == InvalidArgument)
        {
            return null;
        }
    }

    /// <summary>Nanoseconds that a run takes, one number for each round.</summary>
    public double Time(byte[] packet)
    {
        _programs[0].TestRun(packet, Repeat / 10);
        double[] rounds = [.. Enumerable.Range(0, Rounds).Select(_ => (double)_programs[0].TestRun(packet, Repeat).Nanoseconds)];
        Array.Sort(rounds);
        return rounds[Rounds / 2];
    }

    /// <summary>The content of a map as text, keys in order; the values of all processors are added up.</summary>
    public string Content(string name, bool keysOnly)
    {
        BpfMap map = Map(name);
        bool isPerCpu = map.Type.ToString().Contains("PerCpu", StringComparison.Ordinal);
        int slot = (map.ValueSize + 7) / 8 * 8, cpus = isPerCpu ? PossibleCpus() : 1;
        byte[] value = new byte[isPerCpu ? slot * cpus : map.ValueSize];
        List<string> lines = [];
        byte[]? key = null;
        byte[] next = new byte[map.KeySize];
        while (map.TryNextKey(key, next))
        {
            key = [.. next];
            if (!map.TryLookup(key, value)) continue;
            ulong[] sums = new ulong[keysOnly ? 0 : (map.ValueSize + 7) / 8];
            for (int c = 0; c < cpus; c++)
            {
                for (int i = 0; i < map.ValueSize && !keysOnly; i++) sums[i / 8] += (ulong)value[(c * slot) + i] << (8 * (i % 8));
            }
            lines.Add($"{Convert.ToHexString(key)}={string.Join(",", sums)}");
        }
        return string.Join("\n", lines.Order(StringComparer.Ordinal));
    }

    public void Dispose() => _object.Dispose();

    private static int PossibleCpus() => int.Parse(File.ReadAllText("/sys/devices/system/cpu/possible").Trim().Split('-')[^1]) + 1;

    [GeneratedRegex(@"stack depth (\d+)")]
    private static partial Regex StackDepth();
}
