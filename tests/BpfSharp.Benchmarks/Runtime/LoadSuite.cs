using BpfSharp.Benchmarks.Code;

namespace BpfSharp.Benchmarks.Runtime;

/// <summary>Open and load of whole objects, in process, next to libbpf: parsing, BTF, CO-RE, maps, the verifier.</summary>
internal static class LoadSuite
{
    // Loads of large maps differ by 10 % from one to the next, and the two sides by 1 or 2.
    private const int Rounds = 401;

    // KiB that a loaded object may take beside the memory of its maps.
    private const int MaximumKept = 1024;

    // From hardly anything to CO-RE over a large kernel.
    private static readonly string[] Objects = ["syscount", "xdpcount", "xdpfw", "ratelimit", "profile", "tcacct", "opensnoop", "runqlat"];

    /// <summary>Runs the suite; 0 if every object was compared.</summary>
    public static int Run()
    {
        try
        {
            using Clang clang = new();
            CpuPinning.Pin();
            using CDriver peer = new("load");
            Comparison.Head();
            List<string> ratios = [];
            (string Name, string Path)[] objects = [.. Objects.Select(o => (o, clang.Compile(o, "v3")))];
            WarmUp([.. objects.Select(static o => o.Path)]);
            foreach ((string name, string path) in objects)
            {
                double ratio = Comparison.Run(name, Rounds, () => Load(path), () => peer.Round(path) / 1000, "µs");
                ratios.Add($"{name}={ratio:f3}");
            }

            // Not before the last comparison: a collection that gives all memory back makes the loads after it fetch theirs anew.
            foreach ((string name, string path) in objects)
            {
                long kept = Kept(path);
                Console.WriteLine($"{name,-24} {kept,14:n0} KiB kept while it is loaded");
                if (kept >= MaximumKept) throw new BpfException($"{name} keeps {kept} KiB beside its maps; {MaximumKept} is too much");
            }

            Console.WriteLine($"RATIO load {string.Join(' ', ratios)}");
            return 0;
        }
        catch (Exception e) when (e is PeerMissingException or BpfException or IOException)
        {
            Console.Error.WriteLine($"load: {e.Message}");
            return 1;
        }
    }

    /// <summary>Loading is much code that runs once each time: until the JIT has compiled all of it for good, in its three stages, takes some thousand loads.</summary>
    private static void WarmUp(string[] paths)
    {
        for (int round = 0; round < 500; round++)
            foreach (string path in paths) Load(path);
    }

    private static double Load(string path)
    {
        long start = CpuClock.Now;
        BpfObject loaded = BpfObjectFile.Open(path).Load();
        double time = (CpuClock.Now - start) / 1000.0;
        loaded.Dispose();
        return time;
    }

    /// <summary>KiB of memory of this process that a loaded object takes, its maps' shared memory aside.</summary>
    private static long Kept(string path)
    {
        const int Copies = 16;
        BpfObject[] loaded = new BpfObject[Copies];
        Load(path);
        long before = Private();
        for (int i = 0; i < Copies; i++) loaded[i] = BpfObjectFile.Open(path).Load();
        long after = Private();
        foreach (BpfObject o in loaded) o.Dispose();
        return (after - before) / Copies;
    }

    private static long Private()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        string line = File.ReadLines("/proc/self/status").First(static l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line["RssAnon:".Length..^2].Trim());
    }
}
