using BpfSharp.Benchmarks.Programs;
using Samples;
using SyscallCounter = BpfSharp.Benchmarks.Programs.SyscallCounter;

namespace BpfSharp.Benchmarks.Code;

/// <summary>The table of programs.</summary>
internal static class CodeCases
{
    public static readonly CodeCase[] All =
    [
        new("SyscallCounter", static () => SyscallCounter.Image.ToArray(), "Count", "syscount", "syscount", Empty: null)
        {
            Maps = [("Counts", "sc_counts")],
            Observe = SystemCalls.Observe,
        },
        new("PacketCounter", static () => PacketCounter.Image.ToArray(), "Count", "xdpcount", "xdp_count", "noop_xdp")
        {
            Maps = [("Stats", "pc_stats")],
            Timed = [Packets.Syn, Packets.Udp],
        },
        new("Firewall", static () => Firewall.Image.ToArray(), "Filter", "xdpfw", "xdp_fw", "noop_xdp")
        {
            Maps = [("Stats", "fw_stats")],
            Prepare = FillFirewall,
            Timed = [Packets.Syn, Packets.Udp],
        },
        new("RateLimiter", static () => RateLimiter.Image.ToArray(), "Limit", "ratelimit", "xdp_ratelimit", "noop_xdp")
        {
            Maps = [("Buckets", "rl_buckets")],
            KeysOnly = ["Buckets"],
            Timed = [Packets.Udp],
        },
        new("TrafficAccounting", static () => TrafficAccounting.Image.ToArray(), "Account", "tcacct", "tc_account", "noop_tc")
        {
            Maps = [("Flows", "ta_flows"), ("Buckets", "ta_buckets")],
            KeysOnly = ["Buckets"],
            Timed = [Packets.Udp],
        },
        new("OpenSnoop", static () => OpenSnoop.Image.ToArray(), "Enter+Exit", "opensnoop", "opensnoop_enter+opensnoop_exit", Empty: null)
        {
            Maps = [("Events", "os_events")],
            Observe = OpenedFiles.Observe,
        },
        new("RunQueueLatency", static () => RunQueueLatency.Image.ToArray(), "Wake+WakeNew+Switch", "runqlat", "runqlat_wakeup+runqlat_wakeup_new+runqlat_switch", Empty: null)
        {
            Maps = [("Histograms", "rq_hists")],
            Observe = WakeUps.Observe,
        },
        new("CpuProfiler", static () => CpuProfiler.Image.ToArray(), "Take", "profile", "profile_sample", Empty: null)
        {
            Maps = [("Stacks", "pf_stacks"), ("Counts", "pf_counts")],
            Observe = PageFaults.Observe,
        },
    ];

    /// <summary>Two zones; in the first, TCP port 80 passes and all other UDP is dropped.</summary>
    private static void FillFirewall(Func<string, BpfMap> map)
    {
        Set(map("Zones"), [8, 0, 0, 0, 10, 0, 0, 0], [1, 0, 0, 0, 2, 0, 0, 0]);
        Set(map("Zones"), [16, 0, 0, 0, 192, 168, 0, 0], [2, 0, 0, 0, 1, 0, 0, 0]);
        Set(map("Rules"), [1, 0, 0, 0, 0, 80, 6, 0], [2, 0, 0, 0]);
        Set(map("Rules"), [1, 0, 0, 0, 0, 0, 17, 0], [1, 0, 0, 0]);

        static void Set(BpfMap target, byte[] key, byte[] value)
        {
            if (!target.TryUpdate(key, value)) throw new InvalidOperationException($"The map {target.Name} is full.");
        }
    }
}
