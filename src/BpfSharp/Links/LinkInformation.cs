using System.Runtime.InteropServices;
using System.Text;
using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Links;

/// <summary>Asks the kernel about links.</summary>
internal static unsafe class LinkInformation
{
    // PATH_MAX; other names are shorter.
    private const int LongestName = 4096;

    // BPF_F_KPROBE_MULTI_RETURN, BPF_F_UPROBE_MULTI_RETURN
    private const uint Return = 1;

    /// <summary>What the kernel knows of a link.</summary>
    public static BpfLinkInfo Read(int fd, string what)
    {
        KernelLinkInfo info = default;
        Ask(fd, &info, what);
        BpfLinkInfo known = new(info.Id, (BpfLinkType)info.Type, info.ProgramId);
        return known.Type switch
        {
            BpfLinkType.RawTracepoint => WithName(known, fd, what),
            BpfLinkType.Iterator => WithName(known, fd, what),
            BpfLinkType.Tracing => known with
            {
                AttachType = (AttachType)info.Tracing.AttachType,
                TargetObjectId = info.Tracing.TargetTypeId == 0 ? null : info.Tracing.TargetObjectId,
                TargetTypeId = info.Tracing.TargetTypeId == 0 ? null : info.Tracing.TargetTypeId,
                Cookie = Known(info.Tracing.Cookie, new(6, 17)),
            },
            BpfLinkType.Cgroup => known with { CgroupId = info.Cgroup.Id, AttachType = (AttachType)info.Cgroup.AttachType },
            BpfLinkType.NetworkNamespace => known with { NamespaceInode = info.Place.Id, AttachType = (AttachType)info.Place.AttachType },
            BpfLinkType.Xdp => known with { InterfaceIndex = (int)info.Place.Id },
            BpfLinkType.Tcx or BpfLinkType.Netkit => known with { InterfaceIndex = (int)info.Place.Id, AttachType = (AttachType)info.Place.AttachType },
            BpfLinkType.SockMap => known with { MapId = info.Place.Id, AttachType = (AttachType)info.Place.AttachType },
            BpfLinkType.StructOps => known with { MapId = info.Place.Id },
            BpfLinkType.Netfilter => known with
            {
                Netfilter = new((BpfNetfilterFamily)info.Netfilter.Family, (BpfNetfilterPoint)info.Netfilter.Hook, info.Netfilter.Priority, (info.Netfilter.Flags & 1) != 0),
            },
            // A link has one probe at least: older kernels say nothing of them, and not of what event it is.
            BpfLinkType.KprobeMulti when info.Kprobes.Count > 0 => known with
            {
                Probes = new((int)info.Kprobes.Count, (info.Kprobes.Flags & Return) != 0) { Missed = Known(info.Kprobes.Missed, new(6, 7)) },
            },
            BpfLinkType.UprobeMulti when info.Uprobes.Count > 0 => WithName(
                known with { Probes = new((int)info.Uprobes.Count, (info.Uprobes.Flags & Return) != 0) { ProcessId = (int)info.Uprobes.ProcessId } }, fd, what),
            BpfLinkType.PerfEvent when info.EventKind != 0 => Event(known, fd, info, what),
            _ => known,
        };
    }

    /// <inheritdoc cref="BpfLink.GetProbes"/>
    public static BpfLinkProbe[] Probes(int fd, string what)
    {
        KernelLinkInfo info = default;
        Ask(fd, &info, what);
        return (BpfLinkType)info.Type switch
        {
            BpfLinkType.KprobeMulti => KernelProbes(fd, info.Kprobes.Count, what),
            BpfLinkType.UprobeMulti => UserProbes(fd, info.Uprobes.Count, what),
            _ => [],
        };
    }

    private static BpfLinkProbe[] KernelProbes(int fd, uint count, string what)
    {
        ulong[] addresses = new ulong[count], cookies = new ulong[count];
        fixed (ulong* a = addresses, c = cookies)
        {
            KernelLinkInfo info = new() { Kprobes = new() { Count = count, Addresses = a, Cookies = c } };
            Ask(fd, &info, what);
        }

        return [.. addresses.Zip(cookies, static (address, cookie) => new BpfLinkProbe { Address = address == 0 ? null : address, Cookie = Known(cookie, new(6, 9)) })];
    }

    private static BpfLinkProbe[] UserProbes(int fd, uint count, string what)
    {
        ulong[] offsets = new ulong[count], counters = new ulong[count], cookies = new ulong[count];
        fixed (ulong* o = offsets, r = counters, c = cookies)
        {
            KernelLinkInfo info = new() { Uprobes = new() { Count = count, Offsets = o, CounterOffsets = r, Cookies = c } };
            Ask(fd, &info, what);
        }

        return [.. Enumerable.Range(0, (int)count).Select(i => new BpfLinkProbe { Offset = offsets[i], CounterOffset = counters[i], Cookie = cookies[i] })];
    }

    private static BpfLinkInfo Event(BpfLinkInfo known, int fd, in KernelLinkInfo info, string what)
    {
        BpfPerfEventInfo read = new((BpfPerfEventKind)info.EventKind);
        KernelVersion cookies = new(6, 9);
        return read.Kind switch
        {
            BpfPerfEventKind.Uprobe or BpfPerfEventKind.Uretprobe => WithName(known, fd, what) with
            {
                Cookie = Known(info.Uprobe.Cookie, cookies),
                PerfEvent = read with { Offset = info.Uprobe.Offset, CounterOffset = Known(info.Uprobe.CounterOffset, new(6, 16)) },
            },
            BpfPerfEventKind.Kprobe or BpfPerfEventKind.Kretprobe => WithName(known, fd, what) with
            {
                Cookie = Known(info.Kprobe.Cookie, cookies),
                PerfEvent = read with
                {
                    Offset = info.Kprobe.Offset,
                    Address = info.Kprobe.Address == 0 ? null : info.Kprobe.Address,
                    Missed = Known(info.Kprobe.Missed, new(6, 7)),
                },
            },
            BpfPerfEventKind.Tracepoint => WithName(known, fd, what) with { Cookie = Known(info.Tracepoint.Cookie, cookies), PerfEvent = read },
            BpfPerfEventKind.Event => known with { Cookie = Known(info.Event.Cookie, cookies), PerfEvent = read with { EventType = info.Event.Type, Config = info.Event.Config } },
            _ => known with { PerfEvent = read },
        };
    }

    /// <summary>Asks again, with room for the name, which stands where the kind of link has it.</summary>
    private static BpfLinkInfo WithName(BpfLinkInfo known, int fd, string what)
    {
        byte* name = stackalloc byte[LongestName];
        *name = 0;
        KernelLinkInfo info = default;
        switch (known.Type)
        {
            case BpfLinkType.UprobeMulti:
                info.Uprobes.Path = name;
                info.Uprobes.PathSize = LongestName;
                break;
            case BpfLinkType.PerfEvent:
                info.Tracepoint.Name = name;
                info.Tracepoint.NameLength = LongestName;
                break;
            default:
                info.RawTracepoint.Name = name;
                info.RawTracepoint.NameLength = LongestName;
                break;
        }

        Ask(fd, &info, what);
        known = known with { Target = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)) };
        return known.Type switch
        {
            BpfLinkType.RawTracepoint => known with { Cookie = Known(info.RawTracepoint.Cookie, new(6, 17)) },
            BpfLinkType.Iterator => Walked(known, info.Iterator),
            _ => known,
        };
    }

    private static BpfLinkInfo Walked(BpfLinkInfo known, in KernelLinkInfo.IteratorPart iterator) => known.Target switch
    {
        "bpf_map_elem" or "bpf_sk_storage_map" or "sockmap" => known with { MapId = iterator.MapId },
        "cgroup" => known with { CgroupId = iterator.CgroupId, CgroupOrder = (BpfCgroupOrder)iterator.CgroupOrder },
        "task" or "task_file" or "task_vma" => known with { ThreadId = (int)iterator.ThreadId, ProcessId = (int)iterator.ProcessId },
        _ => known,
    };

    /// <summary>A value that kernels know from a version on: an older one's zero says nothing.</summary>
    private static ulong? Known(ulong value, KernelVersion since) => value != 0 || RunningKernel.Version >= since ? value : null;

    private static void Ask(int fd, KernelLinkInfo* info, string what)
    {
        uint length = (uint)sizeof(KernelLinkInfo);
        BpfError.Check(BpfSyscall.ObjectInfo(fd, info, ref length), $"read the information of the {what}");
    }
}
