using System.Runtime.InteropServices;
using BpfSharp.Objects.Kernel;
using BpfSharp.Oracle.Running;

namespace BpfSharp.Oracle.Bundles;

/// <summary>How the kernel took a program.</summary>
internal enum Verdict
{
    /// <summary>It computes what .NET computes.</summary>
    Same,

    /// <summary>It computes something else.</summary>
    Different,

    /// <summary>The verifier refused it.</summary>
    Rejected,

    /// <summary>The verifier gave up: it is too large for it.</summary>
    Complex,

    /// <summary>It could not be loaded or run for another reason.</summary>
    Error,
}

/// <summary>Runs a bundled program in the running kernel and compares.</summary>
internal static class BundleCheck
{
    public static (Verdict Verdict, string Text) Run(BundledProgram program)
    {
        try
        {
            using PinnedThread pinned = new();
            using BpfObject loaded = BpfObject.Open(program.Object, "oracle").Load();
            BpfProgram entry = loaded.Programs.Single();
            byte[][] packets = Packets.For(program.Seed, program.Runs.Length);
            for (int i = 0; i < packets.Length; i++)
            {
                byte[] output = new byte[packets[i].Length];
                BpfTestRunResult run = entry.TestRun(packets[i], output, default, out int length);
                if (run.ReturnValue != program.Runs[i].Result) return (Verdict.Different, $"run {i}: result {run.ReturnValue:x} instead of {program.Runs[i].Result:x}");
                if (BundledProgram.Hash(output.AsSpan(0, length)) != program.Runs[i].Packet) return (Verdict.Different, $"run {i}: the packet");
            }
            string state = State(loaded, program.Globals);
            return BundledProgram.Hash(state) == program.State ? (Verdict.Same, "") : (Verdict.Different, "maps or globals:\n" + state);
        }
        catch (BpfVerifierException e)
        {
            bool large = e.Log.Contains("too large. Processed", StringComparison.Ordinal) || e.Log.Contains("is too complex", StringComparison.Ordinal);
            return (large ? Verdict.Complex : Verdict.Rejected, $"{e.Message}\n{string.Join('\n', e.Log.TrimEnd().Split('\n').TakeLast(60))}");
        }
        catch (Exception e) when (e is BpfException or InvalidOperationException or FormatException or ArgumentException)
        {
            return (Verdict.Error, e.ToString());
        }
    }

    /// <summary>The maps' entries and the variables.</summary>
    public static string State(BpfObject loaded, BundledGlobal[] globals) =>
        string.Join('\n', loaded.Maps.OrderBy(static m => m.Name, StringComparer.Ordinal).Select(Entries).Concat(globals.Select(g => Global(loaded, g))));

    private static string Global(BpfObject loaded, BundledGlobal global)
    {
        int size = global.Parts.Max(static p => p.Start + p.Length);
        ReadOnlySpan<byte> bytes = MemoryMarshal.CreateReadOnlySpan(ref loaded.Global<byte>(global.Section, global.Offset), size);
        string text = "";
        foreach ((int start, int length) in global.Parts) text += Convert.ToHexString(bytes.Slice(start, length));
        return $"{global.Name} = {text}";
    }

    private static string Entries(BpfMap map)
    {
        // What a program sees of it is one processor's value, and goes to its other outputs.
        // And what waits in a queue is seen when a later run takes it.
        if (map.Type is MapType.PerCpuArray or MapType.Queue or MapType.Stack) return $"{map.Name}: ";
        List<string> entries = [];
        byte[] key = new byte[map.KeySize], value = new byte[map.ValueSize];
        if (map.Type == MapType.Array)
        {
            for (uint i = 0; i < map.MaxEntries; i++)
            {
                MemoryMarshal.Write(key, i);
                if (map.TryLookup(key, value)) entries.Add(Entry(key, value));
            }
        }
        else
        {
            for (bool more = map.TryNextKey(default, key); more; more = map.TryNextKey([.. key], key))
            {
                if (map.TryLookup(key, value)) entries.Add(Entry(key, value));
            }
        }
        return $"{map.Name}: {string.Join(' ', entries.Order(StringComparer.Ordinal))}";
    }

    private static string Entry(byte[] key, byte[] value) => $"[{Convert.ToHexString(key)}]={Convert.ToHexString(value)}";
}
