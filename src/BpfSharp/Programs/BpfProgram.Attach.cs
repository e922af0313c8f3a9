using BpfSharp.Errors;
using BpfSharp.Links;
using BpfSharp.Maps;
using BpfSharp.Objects.Kernel;
using BpfSharp.Programs;
using BpfSharp.Syscalls;

namespace BpfSharp;

public sealed unsafe partial class BpfProgram
{
    /// <summary>Whether the program's section says where to attach it, so that <see cref="Attach"/> needs nothing else.</summary>
    public bool CanAttachByItself => Method switch
    {
        AttachMethod.Tracepoint or AttachMethod.RawTracepoint or AttachMethod.Kprobe or AttachMethod.Kretprobe
            or AttachMethod.KprobeMulti or AttachMethod.KretprobeMulti or AttachMethod.Uprobe or AttachMethod.Uretprobe
            or AttachMethod.UprobeMulti or AttachMethod.UretprobeMulti => Target.Length > 0,
        AttachMethod.Tracing or AttachMethod.Iterator => true,
        _ => false,
    };

    /// <summary>Whether the section says where to attach it, be it with one link or several.</summary>
    internal bool HasTarget => CanAttachByItself || (IsUsdt && Target.Length > 0);

    /// <summary>Attaches it where its section says; a static probe may be at several places.</summary>
    internal IReadOnlyList<BpfLink> AttachToTarget() => IsUsdt ? AttachUsdt().Items : [Attach()];

    private bool IsUsdt => Settings.Hook?.Prefix is "usdt" or "usdt.s";

    private AttachMethod Method => AttachMethods.Of(Settings.Hook);

    /// <summary>Attaches the program where its section says. The caller owns the link.</summary>
    /// <exception cref="InvalidOperationException">The section does not say where: the message names the method that takes the target.</exception>
    /// <exception cref="BpfException">The kernel refused, or the target does not exist.</exception>
    public BpfLink Attach()
    {
        if (!CanAttachByItself) throw new InvalidOperationException($"{What} ({Type}) does not say what to attach to; call {Alternative} instead");
        return Method switch
        {
            AttachMethod.Tracepoint => AttachTracepoint(Part(Target, 0), Part(Target, 1)),
            AttachMethod.RawTracepoint => AttachRawTracepoint(Target),
            AttachMethod.Kprobe => AttachKprobe(KprobeTarget.Parse(Target, Settings.Hook!)),
            AttachMethod.Kretprobe => AttachKretprobe(KprobeTarget.Parse(Target, Settings.Hook!)),
            AttachMethod.KprobeMulti => AttachKprobes([Target]),
            AttachMethod.KretprobeMulti => AttachKprobes([Target], returns: true),
            AttachMethod.Uprobe => AttachUprobe(BpfUprobe.Parse(Target)),
            AttachMethod.Uretprobe => AttachUprobe(BpfUprobe.Parse(Target) with { IsReturn = true }),
            AttachMethod.UprobeMulti => AttachUprobes(returns: false),
            AttachMethod.UretprobeMulti => AttachUprobes(returns: true),
            AttachMethod.Iterator => AttachIterator(),
            _ => AttachTracing(),
        };
    }

    /// <summary>Attaches a tracepoint program, with a cookie that <c>bpf_get_attach_cookie</c> gives it (kernel 5.15).</summary>
    /// <param name="category">The tracepoint's category, e.g. <c>raw_syscalls</c>.</param>
    /// <param name="name">Its name, e.g. <c>sys_enter</c>.</param>
    /// <param name="cookie">The cookie, 0 for none.</param>
    /// <exception cref="BpfException">There is no such tracepoint (near names are given), tracefs cannot be read, or the kernel refused.</exception>
    public BpfLink AttachTracepoint(string category, string name, ulong cookie = 0)
    {
        ArgumentNullException.ThrowIfNull(category);
        ArgumentNullException.ThrowIfNull(name);
        MustBeFor("tracepoints", ProgramType.Tracepoint);
        string where = $"tracepoint {category}/{name}";
        int id = Tracepoints.Id(category, name);
        return PerfLinks.Attach(this, where, PerfEventAttributes.Tracepoint(id), process: -1, cpu: 0, cookie);
    }

    /// <summary>Attaches a raw tracepoint program (<c>BPF_RAW_TRACEPOINT_OPEN</c>).</summary>
    /// <param name="name">The tracepoint's name without its category, e.g. <c>sys_enter</c>.</param>
    /// <param name="cookie">What <c>bpf_get_attach_cookie</c> gives it (kernel 6.10), 0 for none.</param>
    public BpfLink AttachRawTracepoint(string name, ulong cookie = 0)
    {
        ArgumentNullException.ThrowIfNull(name);
        MustBeFor("raw tracepoints", ProgramType.RawTracepoint, ProgramType.RawTracepointWritable);
        int fd;
        fixed (byte* text = System.Text.Encoding.UTF8.GetBytes(name + '\0')) fd = BpfSyscall.RawTracepointOpen(text, Fd, cookie);
        if (fd == -(int)Errno.ENOENT) throw BpfError.Create(fd, $"attach {What} to raw tracepoint {name}", "this kernel has no such tracepoint");
        // Kernels that do not know the cookie's place refuse what is not zero there.
        if (fd < 0) throw cookie != 0 ? LinkErrors.Create(Syscalls.Errno.E2BIG == (Errno)(-fd) ? -(int)Errno.EINVAL : fd, this, $"raw tracepoint {name} with a cookie", "6.10") : BpfError.Create(fd, $"attach {What} to raw tracepoint {name}");
        return Link(fd, $"raw tracepoint {name}");
    }

    /// <summary>Attaches an fentry, fexit, fmod_ret, tp_btf or LSM program, whose target was named when it was loaded.</summary>
    /// <param name="cookie">What <c>bpf_get_attach_cookie</c> gives it (kernel 6.0), 0 for none.</param>
    public BpfLink AttachTracing(ulong cookie = 0)
    {
        MustBeFor("tracing", ProgramType.Tracing, ProgramType.Extension, ProgramType.Lsm);
        string where = Target.Length > 0 ? Target : "its target";
        if (cookie == 0) return Link(BpfError.Check(BpfSyscall.RawTracepointOpen(null, Fd), $"attach {What} to {where}"), where);
        LinkCreateAttributes attributes = new() { AttachType = (uint)(ExpectedAttachType ?? 0), ProgramFd = Fd, TracingCookie = cookie };
        return CreateLink(attributes, LinkCreateAttributes.Sizes.TwoWords, where, "6.0");
    }

    /// <summary>Attaches an iterator program; read it with <see cref="BpfLink.OpenIterator"/> (kernel 5.8).</summary>
    /// <param name="map">The map to walk, for <c>iter/bpf_map_elem</c> programs.</param>
    public BpfLink AttachIterator(BpfMap? map = null) => AttachIterator(map is null ? default : new IteratorInfo { MapFd = map.Fd }, map is not null);

    /// <summary>Attaches an iterator program of tasks (<c>iter/task</c>, <c>iter/task_file</c>, <c>iter/task_vma</c>) to a part of them (kernel 6.1).</summary>
    /// <param name="processId">The process whose threads are walked, 0 for all.</param>
    /// <param name="threadId">The one thread that is visited, 0 for all of <paramref name="processId"/>.</param>
    public BpfLink AttachIterator(int processId, int threadId = 0) => AttachIterator(new IteratorInfo { ThreadId = threadId, ProcessId = processId }, true, "6.1");

    /// <summary>Attaches an iterator program of control groups (<c>iter/cgroup</c>) below a group (kernel 6.1).</summary>
    /// <param name="cgroup">The group's folder.</param>
    /// <param name="order">Which groups, and in which order.</param>
    public BpfLink AttachIterator(string cgroup, BpfCgroupOrder order)
    {
        using BpfHandle group = FileDescriptors.OpenFolder(cgroup);
        return AttachIterator(new IteratorInfo { CgroupOrder = (int)order, CgroupFd = group.Fd }, true, "6.1");
    }

    private BpfLink AttachIterator(IteratorInfo info, bool isGiven, string since = "5.8")
    {
        MustBeFor("iterators", ProgramType.Tracing);
        LinkCreateAttributes attributes = new() { ProgramFd = Fd, AttachType = (uint)AttachType.TraceIter };
        if (isGiven)
        {
            attributes.IteratorInfo = &info;
            attributes.IteratorInfoLength = (uint)sizeof(IteratorInfo);
        }

        return CreateLink(attributes, LinkCreateAttributes.Sizes.TwoWords, $"iterator {Target}", since);
    }

    /// <summary>The link of a descriptor, which it takes over.</summary>
    internal BpfLink Link(int fd, string where) => new(Name, where, new BpfHandle(fd, $"link of {What} to {where}"));

    /// <summary>Makes a link (<c>BPF_LINK_CREATE</c>).</summary>
    internal BpfLink CreateLink(in LinkCreateAttributes attributes, int size, string where, string since, string? hint = null)
    {
        int fd = BpfSyscall.LinkCreate(attributes, size);
        return fd >= 0 ? Link(fd, where) : throw LinkErrors.Create(fd, this, where, since, hint);
    }

    /// <summary>Refuses what the kernel would refuse without a reason, or take for another hook.</summary>
    private void MustBeFor(string hooks, params ReadOnlySpan<ProgramType> types)
    {
        if (!types.Contains(Type)) throw new InvalidOperationException($"{What} ({Type}) is not for {hooks}{(Settings.Hook is null ? "" : $"; call {Alternative}")}");
    }

    private string Alternative => Method switch
    {
        AttachMethod.Xdp => nameof(AttachXdp),
        AttachMethod.Tcx or AttachMethod.Netkit => nameof(AttachTc),
        AttachMethod.Cgroup => nameof(AttachCgroup),
        AttachMethod.NetworkNamespace => nameof(AttachNetworkNamespace),
        AttachMethod.PerfEvent => nameof(AttachPerfEvent),
        AttachMethod.SockMap => nameof(AttachSockMap),
        AttachMethod.Socket => nameof(AttachSocket),
        AttachMethod.Netfilter => nameof(AttachNetfilter),
        AttachMethod.StructOps => $"{nameof(BpfStructOps)}.{nameof(BpfStructOps.Attach)} of its table",
        AttachMethod.Route => nameof(AttachRoute),
        AttachMethod.Lirc => nameof(AttachLirc),
        AttachMethod.Tracepoint => nameof(AttachTracepoint),
        AttachMethod.RawTracepoint => nameof(AttachRawTracepoint),
        AttachMethod.Kprobe or AttachMethod.Kretprobe => nameof(AttachKprobe),
        AttachMethod.Uprobe or AttachMethod.Uretprobe => nameof(AttachUprobe),
        AttachMethod.KprobeMulti or AttachMethod.KretprobeMulti => nameof(AttachKprobes),
        AttachMethod.UprobeMulti or AttachMethod.UretprobeMulti => nameof(AttachUprobes),
        AttachMethod.Tracing => nameof(AttachTracing),
        AttachMethod.Iterator => nameof(AttachIterator),
        _ => IsUsdt ? nameof(AttachUsdt) : nameof(TestRun),
    };

    private static string Part(string target, int index)
    {
        int slash = target.IndexOf('/');
        if (slash < 0) throw new BpfException($"'{target}' is no tracepoint; name it as category/name");
        return index == 0 ? target[..slash] : target[(slash + 1)..];
    }
}
