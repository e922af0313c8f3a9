using System.Collections.Concurrent;
using BpfSharp.KernelTests.Raw;

namespace BpfSharp.KernelTests;

/// <summary>
/// Finds out what the running kernel offers, by doing it with plain system calls: never through the library under test, so that a fault
/// there cannot turn its own tests into skips. A probe returns on success and throws what the kernel said otherwise; it leaves nothing behind.
/// </summary>
static partial class NeedProbes
{
    static readonly Dictionary<KernelNeeds, Action> s_probes = new()
    {
        [KernelNeeds.Root] = ProbeRoot,
        [KernelNeeds.Bpf] = ProbeBpf,
        [KernelNeeds.BtfVmlinux] = ProbeBtfVmlinux,
        [KernelNeeds.Bpffs] = ProbeBpffs,
        [KernelNeeds.Tracefs] = ProbeTracefs,
        [KernelNeeds.Tracepoints] = ProbeTracepoints,
        [KernelNeeds.RawTracepoints] = ProbeRawTracepoints,
        [KernelNeeds.TpBtf] = ProbeTpBtf,
        [KernelNeeds.Kprobes] = ProbeKprobes,
        [KernelNeeds.KprobeMulti] = ProbeKprobeMulti,
        [KernelNeeds.Uprobes] = ProbeUprobes,
        [KernelNeeds.PerfEvents] = ProbePerfEvents,
        [KernelNeeds.Watchpoints] = ProbeWatchpoints,
        [KernelNeeds.FentryFexit] = ProbeFentryFexit,
        [KernelNeeds.FmodRet] = ProbeFmodRet,
        [KernelNeeds.BpfLsm] = ProbeBpfLsm,
        [KernelNeeds.Cgroup2] = ProbeCgroup2,
        [KernelNeeds.CgroupBpf] = ProbeCgroupBpf,
        [KernelNeeds.NetworkNamespaces] = ProbeNetworkNamespaces,
        [KernelNeeds.Veth] = () => ProbeDevice("veth"),
        [KernelNeeds.Netkit] = () => ProbeDevice("netkit"),
        [KernelNeeds.XdpLink] = ProbeXdpLink,
        [KernelNeeds.Clsact] = ProbeClsact,
        [KernelNeeds.Tcx] = ProbeTcx,
        [KernelNeeds.Netfilter] = ProbeNetfilter,
        [KernelNeeds.SockMap] = ProbeSockMap,
        [KernelNeeds.XskSockets] = ProbeXskSockets,
        [KernelNeeds.ConnectionTracking] = ProbeConnectionTracking,
        [KernelNeeds.ModuleTracing] = ProbeModuleTracing,
        [KernelNeeds.StructOpsTcp] = () => RequireType("bpf_struct_ops_tcp_congestion_ops"),
        [KernelNeeds.SchedExt] = () => RequireType("sched_ext_ops"),
        [KernelNeeds.ProbeWriteUser] = ProbeWriteUser,
    };

    static readonly ConcurrentDictionary<KernelNeeds, string?> s_results = new();

    /// <summary>Why this kernel lacks one need; null if it has it.</summary>
    public static string? WhyMissing(KernelNeeds need) => s_results.GetOrAdd(need, static need =>
    {
        if (need == KernelNeeds.Bpf && WhyMissing(KernelNeeds.Root) is { } noRoot) return noRoot;
        if (need > KernelNeeds.Bpf && WhyMissing(KernelNeeds.Bpf) is { } noBpf) return noBpf;
        try
        {
            s_probes[need]();
            return null;
        }
        catch (Exception e) when (e is not KeyNotFoundException)
        {
            return e.Message;
        }
    });

    /// <summary>Every need that the running kernel has.</summary>
    public static IEnumerable<KernelNeeds> Present => Enum.GetValues<KernelNeeds>().Where(n => n != KernelNeeds.None && WhyMissing(n) is null);

    static void Require(bool condition, string otherwise)
    {
        if (!condition) throw new NotSupportedException(otherwise);
    }

    static void RequireType(string structure) =>
        Require(File.Exists(KernelBtf.Path) && KernelBtf.Find(KernelBtf.Struct, structure) is not null, $"the kernel's BTF has no struct {structure}");
}
