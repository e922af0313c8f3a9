using System.Diagnostics;

namespace Samples;

/// <summary>Turns the counts of all processors into a table with rates.</summary>
internal sealed class Rates(PacketCounter counter)
{
    private readonly Dictionary<PacketCounter.Kind, ulong> _previous = [];
    private long _time = Stopwatch.GetTimestamp();

    /// <summary>The protocols that were seen, and how often since the last call.</summary>
    public ScreenTable Take()
    {
        long now = Stopwatch.GetTimestamp();
        double seconds = Math.Max(Stopwatch.GetElapsedTime(_time, now).TotalSeconds, 1e-3);
        _time = now;
        List<string[]> rows = [];
        ulong all = 0;
        for (PacketCounter.Kind kind = 0; kind < PacketCounter.Kind.Count; kind++)
        {
            ulong packets = 0, bytes = 0;
            foreach (PacketCounter.Counter part in counter.Maps.Stats[(int)kind])
            {
                packets += part.Packets;
                bytes += part.Bytes;
            }

            all += packets;
            if (packets == 0) continue;
            ulong before = _previous.GetValueOrDefault(kind);
            _previous[kind] = packets;
            rows.Add([$"{kind}", Screen.Number((packets - before) / seconds), Screen.Number(packets), Screen.Number(bytes)]);
        }

        return new ScreenTable(["protocol", ">packets/s", ">packets", ">bytes"], rows, $"{all} packets");
    }
}
