using BpfSharp.Kernel;

namespace Samples;

/// <summary>The flows with the most bytes, with the names of their control groups.</summary>
internal sealed class Flows(TrafficAccounting accounting)
{
    private readonly CgroupNames _cgroups = new();

    /// <summary>The table as it is now.</summary>
    public ScreenTable Take()
    {
        List<(TrafficAccounting.Flow Flow, TrafficAccounting.Counter Counter)> flows = [];
        foreach ((TrafficAccounting.Flow flow, TrafficAccounting.Counter counter) in accounting.Maps.Flows) flows.Add((flow, counter));
        ulong dropped = 0;
        foreach ((_, TrafficAccounting.Bucket bucket) in accounting.Maps.Buckets) dropped += bucket.Dropped;
        List<string[]> rows = [.. flows.OrderByDescending(static f => f.Counter.Bytes).Select(f => new[]
        {
            _cgroups.Of(f.Flow.Cgroup), $"{f.Flow.Protocol}", Address(f.Flow, f.Flow.Source, f.Flow.SourcePort.Value), Address(f.Flow, f.Flow.Destination, f.Flow.DestinationPort.Value),
            Screen.Number(f.Counter.Packets), Screen.Number(f.Counter.Bytes),
        })];
        return new ScreenTable(["cgroup", "protocol", "from", "to", ">packets", ">bytes"], rows, $"{flows.Count} flows, {dropped} packets dropped");
    }

    private static string Address(in TrafficAccounting.Flow flow, TrafficAccounting.Address address, ushort port)
    {
        string text = flow.Version == 4 ? $"{address.V4}" : $"{address.V6}";
        bool hasPorts = flow.Protocol is IpProtocol.Tcp or IpProtocol.Udp;
        return !hasPorts ? text : flow.Version == 4 ? $"{text}:{port}" : $"[{text}]:{port}";
    }
}
