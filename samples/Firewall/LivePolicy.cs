using BpfSharp;
using BpfSharp.Kernel;

namespace Samples;

/// <summary>The policy in the kernel, kept as its file has it: what is new or changed is set, then what is gone is removed.</summary>
internal sealed class LivePolicy
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);
    private static readonly XdpAction[] s_actions = [XdpAction.Pass, XdpAction.Drop];

    private readonly Firewall _firewall;
    private readonly string _file;
    private readonly Dictionary<string, uint> _zoneIds = [];
    private DateTime _read;
    private int _changes;
    private string _state = "";

    public LivePolicy(Firewall firewall, string file, Policy policy)
    {
        (_firewall, _file, _read) = (firewall, file, File.GetLastWriteTimeUtc(file));
        Apply(policy);
    }

    /// <summary>Follows the file until <paramref name="stop"/> is cancelled. A file with a mistake changes nothing.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(s_interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stop)) Refresh();
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>What became of the packets.</summary>
    public ScreenTable Table()
    {
        List<string[]> rows = [];
        foreach (XdpAction action in s_actions)
        {
            Firewall.Counter[] parts = _firewall.Maps.Stats[(int)action];
            rows.Add([$"{action}", Screen.Number(parts.Sum(static p => (double)p.Packets)), Screen.Number(parts.Sum(static p => (double)p.Bytes))]);
        }

        return new ScreenTable(["action", ">packets", ">bytes"], rows, _state);
    }

    private void Refresh()
    {
        try
        {
            DateTime written = File.GetLastWriteTimeUtc(_file);
            if (written == _read) return;
            _read = written;
            Apply(Policy.Read(_file));
        }
        catch (Exception exception) when (exception is SampleException or IOException or UnauthorizedAccessException)
        {
            _state = $"the policy is as it was: {exception.Message}";
        }
    }

    private void Apply(Policy policy)
    {
        Dictionary<LpmKey<IPv4Address>, Firewall.Zone> zones = [];
        foreach (ZoneLine line in policy.Zones)
        {
            var key = new LpmKey<IPv4Address>((uint)line.Network.PrefixLength, IPv4Address.FromIPAddress(line.Network.BaseAddress));
            zones[key] = new Firewall.Zone { Id = ZoneId(line.Zone), DefaultAction = line.Action };
        }

        Dictionary<Firewall.RuleKey, XdpAction> rules = [];
        foreach (RuleLine line in policy.Rules)
            rules[new Firewall.RuleKey { Zone = ZoneId(line.Zone), Protocol = line.Protocol, Port = line.Port }] = line.Action;

        // Rules first: a zone that is new has its rules from its first packet on.
        Set(_firewall.Maps.Rules, rules);
        Set(_firewall.Maps.Zones, zones);
        Remove(_firewall.Maps.Zones, zones);
        Remove(_firewall.Maps.Rules, rules);
        _state = $"{zones.Count} networks in {policy.Zones.Select(static z => z.Zone).Distinct().Count()} zones, {rules.Count} rules, read {++_changes} times";
    }

    /// <summary>A zone keeps its number for as long as the sample runs.</summary>
    private uint ZoneId(string name)
    {
        if (!_zoneIds.TryGetValue(name, out uint id)) _zoneIds[name] = id = (uint)_zoneIds.Count + 1;
        return id;
    }

    private static void Set<TKey, TValue>(BpfKeyedMap<TKey, TValue> map, Dictionary<TKey, TValue> wanted)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        foreach ((TKey key, TValue value) in wanted) map.Set(key, value);
    }

    private static void Remove<TKey, TValue>(BpfKeyedMap<TKey, TValue> map, Dictionary<TKey, TValue> wanted)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        List<TKey> gone = [];
        foreach ((TKey key, _) in map)
            if (!wanted.ContainsKey(key)) gone.Add(key);
        foreach (TKey key in gone) map.Remove(key);
    }
}
