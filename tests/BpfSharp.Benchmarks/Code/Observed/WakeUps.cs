using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;

namespace BpfSharp.Benchmarks.Code;

/// <summary>How often each side saw a process get a processor that sleeps and wakes many times. How long it waited differs by what it takes to measure.</summary>
internal static class WakeUps
{
    // struct rq_hist and our Histogram: 26 numbers, then the name.
    private const int Slots = 26, ValueSize = (Slots * 4) + 16;

    public static string[] Observe(IReadOnlyList<Candidate> sides)
    {
        List<BpfLink> links = [.. sides.SelectMany(static s => s.Programs).Select(static p => p.Attach())];
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("sh", ["-c", "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 0.001; done"]))!;
            process.WaitForExit();
            byte[] key = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(key, process.Id);
            return [.. sides.Select(side => Text(side, key))];
        }
        finally
        {
            foreach (BpfLink link in links) link.Dispose();
        }
    }

    private static string Text(Candidate side, byte[] key)
    {
        byte[] value = new byte[ValueSize];
        if (!side.Map("Histograms").TryLookup(key, value)) return "nothing";
        uint sum = 0;
        for (int i = 0; i < Slots; i++) sum += BinaryPrimitives.ReadUInt32LittleEndian(value.AsSpan(i * 4));
        return $"{Encoding.UTF8.GetString(value.AsSpan(Slots * 4)).TrimEnd('\0')} {sum} times";
    }
}
