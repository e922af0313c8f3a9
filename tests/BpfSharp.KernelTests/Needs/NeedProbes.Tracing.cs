using System.Globalization;
using BpfSharp.KernelTests.Raw;

namespace BpfSharp.KernelTests;

static partial class NeedProbes
{
    const string EventSources = "/sys/bus/event_source/devices";

    static void ProbeTracefs() => _ = Tracefs.Path;

    static void ProbeTracepoints()
    {
        string id = Path.Combine(Tracefs.Path, "events/raw_syscalls/sys_enter/id");
        Require(File.Exists(id), $"{id} is missing");
        using var program = RawBpf.LoadReturn(ProgramType.Tracepoint);
        RawBpf.OpenPerfEvent(2 /* PERF_TYPE_TRACEPOINT */, ulong.Parse(File.ReadAllText(id), CultureInfo.InvariantCulture)).Dispose();
    }

    static void ProbeRawTracepoints()
    {
        using var program = RawBpf.LoadReturn(ProgramType.RawTracepoint);
        RawBpf.OpenRawTracepoint(program, "sys_enter").Dispose();
    }

    static void ProbeTpBtf() => AttachTracing(AttachType.TraceRawTp, FindId(KernelBtf.Typedef, "btf_trace_sys_enter"));

    static void ProbeFentryFexit() => AttachTracing(AttachType.TraceFentry, FindId(KernelBtf.Func, "vfs_read"));

    static void ProbeFmodRet() => AttachTracing(AttachType.ModifyReturn, FindId(KernelBtf.Func, "bpf_modify_return_test"));

    static void ProbeBpfLsm()
    {
        const string Modules = "/sys/kernel/security/lsm";
        using var securityfs = File.Exists(Modules) ? null : Mount.At("securityfs", "/sys/kernel/security");
        Require(File.ReadAllText(Modules).Split(',').Contains("bpf"), $"{Modules} does not list bpf (start the kernel with lsm=…,bpf)");
        using var program = RawBpf.LoadReturn(ProgramType.Lsm, 0, AttachType.LsmMac, FindId(KernelBtf.Func, "bpf_lsm_file_mprotect"));
        RawBpf.OpenRawTracepoint(program, null).Dispose();
    }

    static void ProbeKprobes()
    {
        using var program = RawBpf.LoadReturn(ProgramType.Kprobe);
        using var attr = new BpfAttr();
        RawBpf.OpenPerfEvent(EventSource("kprobe"), 0, a => a.Point(56, "vfs_read")).Dispose();
    }

    static void ProbeUprobes() => _ = EventSource("uprobe");

    static void ProbeKprobeMulti()
    {
        using var program = RawBpf.LoadReturn(ProgramType.Kprobe, 0, AttachType.TraceKprobeMulti);
        using var names = new BpfAttr().Point(0, "vfs_read");
        RawBpf.CreateLink(program, 0, AttachType.TraceKprobeMulti, 0, a => a.Set(20, 1).Point(24, names.Bytes[..8])).Dispose();
    }

    // PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK
    static void ProbePerfEvents() => RawBpf.OpenPerfEvent(1, 0, a => a.SetLong(16, 1_000_000)).Dispose();

    // PERF_TYPE_BREAKPOINT: HW_BREAKPOINT_RW of 8 bytes that nobody has.
    static void ProbeWatchpoints() => RawBpf.OpenPerfEvent(5, 0, a => a.SetLong(16, 1).Set(52, 3).SetLong(56, 0x1000).SetLong(64, 8)).Dispose();

    static void ProbeWriteUser()
    {
        // r1 = r2 = r10 - 8, initialised; r3 = 8; call bpf_probe_write_user (36); r0 = 0; exit
        ulong[] instructions = [0x7aUL | (10UL << 8) | (0xfff8UL << 16), 0xbfUL | (1UL << 8) | (10UL << 12), 0x07UL | (1UL << 8) | (0xfffffff8UL << 32),
            0xbfUL | (2UL << 8) | (1UL << 12), 0xb7UL | (3UL << 8) | (8UL << 32), 0x85UL | (36UL << 32), 0xb7UL, 0x95UL];
        RawBpf.Load(ProgramType.Tracepoint, instructions).Dispose();
    }

    static void AttachTracing(uint attachType, uint btfId)
    {
        using var program = RawBpf.LoadReturn(ProgramType.Tracing, 0, attachType, btfId);
        RawBpf.OpenRawTracepoint(program, null).Dispose();
    }

    static uint FindId(uint kind, string name) =>
        File.Exists(KernelBtf.Path) && KernelBtf.Find(kind, name) is { } id ? id : throw new NotSupportedException($"the kernel's BTF has no {name}");

    static uint EventSource(string name)
    {
        string path = $"{EventSources}/{name}/type";
        Require(File.Exists(path), $"{path} is missing");
        return uint.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture);
    }
}
