using BpfSharp.Errors;
using BpfSharp.Links;
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
        string where = $"tracepoint {category}/{name}";
        int id = Tracepoints.Id(category, name);
        return PerfLinks.Attach(this, where, PerfEventAttributes.Tracepoint(id), process: -1, cpu: 0, cookie);
    }

    /// <summary>Attaches a raw tracepoint program (<c>BPF_RAW_TRACEPOINT_OPEN</c>).</summary>
    /// <param name="name">The tracepoint's name without its category, e.g. <c>sys_enter</c>.</param>
    public BpfLink AttachRawTracepoint(string name)
    {
        int fd;
        fixed (byte* text = System.Text.Encoding.UTF8.GetBytes(name + '\0')) fd = BpfSyscall.RawTracepointOpen(text, Fd);
        if (fd < 0)
            throw BpfError.Create(fd, $"attach {What} to raw tracepoint {name}", fd == -(int)Errno.ENOENT ? "this kernel has no such tracepoint" : null);
        return Link(fd, $"raw tracepoint {name}");
    }

    /// <summary>Attaches an fentry, fexit, fmod_ret, tp_btf or LSM program, whose target was named when it was loaded.</summary>
    /// <param name="cookie">What <c>bpf_get_attach_cookie</c> gives it (kernel 6.0), 0 for none.</param>
    public BpfLink AttachTracing(ulong cookie = 0)
    {
        string where = Target.Length > 0 ? Target : "its target";
        if (cookie == 0) return Link(BpfError.Check(BpfSyscall.RawTracepointOpen(null, Fd), $"attach {What} to {where}"), where);
        LinkCreateAttributes attributes = new() { AttachType = (uint)(ExpectedAttachType ?? 0), ProgramFd = Fd, TracingCookie = cookie };
        return CreateLink(attributes, LinkCreateAttributes.Sizes.TwoWords, where, "6.0");
    }

    /// <summary>Attaches an iterator program; read it with <see cref="BpfLink.OpenIterator"/> (kernel 5.8).</summary>
    /// <param name="map">The map to walk, for <c>iter/bpf_map_elem</c> programs.</param>
    public BpfLink AttachIterator(BpfMap? map = null)
    {
        // union bpf_iter_link_info: its map_fd comes first.
        int mapFd = map?.Fd ?? 0;
        LinkCreateAttributes attributes = new() { ProgramFd = Fd, AttachType = (uint)AttachType.TraceIter };
        if (map is not null)
        {
            attributes.IteratorInfo = &mapFd;
            attributes.IteratorInfoLength = sizeof(int);
        }

        return CreateLink(attributes, LinkCreateAttributes.Sizes.TwoWords, $"iterator {Target}", "5.8");
    }

    /// <summary>The link of a descriptor, which it takes over.</summary>
    internal BpfLink Link(int fd, string where) => new(Name, where, new BpfHandle(fd, $"link of {What} to {where}"));

    /// <summary>Makes a link (<c>BPF_LINK_CREATE</c>).</summary>
    internal BpfLink CreateLink(in LinkCreateAttributes attributes, int size, string where, string since, string? hint = null)
    {
        int fd = BpfSyscall.LinkCreate(attributes, size);
        return fd >= 0 ? Link(fd, where) : throw LinkErrors.Create(fd, this, where, since, hint);
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
        AttachMethod.Tracepoint => nameof(AttachTracepoint),
        AttachMethod.RawTracepoint => nameof(AttachRawTracepoint),
        AttachMethod.Kprobe or AttachMethod.Kretprobe => nameof(AttachKprobe),
        AttachMethod.Uprobe or AttachMethod.Uretprobe => nameof(AttachUprobe),
        AttachMethod.KprobeMulti or AttachMethod.KretprobeMulti => nameof(AttachKprobes),
        AttachMethod.UprobeMulti or AttachMethod.UretprobeMulti => nameof(AttachUprobes),
        _ => IsUsdt ? nameof(AttachUsdt) : nameof(TestRun),
    };

    private static string Part(string target, int index)
    {
        int slash = target.IndexOf('/');
        if (slash < 0) throw new BpfException($"'{target}' is no tracepoint; name it as category/name");
        return index == 0 ? target[..slash] : target[(slash + 1)..];
    }
}
