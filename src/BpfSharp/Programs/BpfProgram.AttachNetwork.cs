using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Links;
using BpfSharp.Maps;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

public sealed unsafe partial class BpfProgram
{
    /// <summary>Attaches an XDP program to a network interface (kernel 5.9).</summary>
    /// <param name="networkInterface">The interface's name, e.g. <c>eth0</c>.</param>
    /// <param name="mode">Where in the stack; the driver if it can, unless set.</param>
    public BpfLink AttachXdp(string networkInterface, BpfXdpMode mode = BpfXdpMode.Automatic)
    {
        MustBeFor("XDP", ProgramType.Xdp);
        LinkCreateAttributes attributes = new()
        {
            ProgramFd = Fd,
            Target = InterfaceIndex(networkInterface),
            AttachType = (uint)AttachType.Xdp,
            Flags = (uint)mode,
        };
        return CreateLink(attributes, LinkCreateAttributes.Sizes.Plain, $"XDP of {networkInterface}", "5.9");
    }

    /// <summary>
    /// Attaches a tc program to a network interface: as a tcx link (kernel 6.6), before that as a filter of its clsact queueing
    /// discipline; or to a netkit interface (kernel 6.7).
    /// </summary>
    /// <param name="networkInterface">The interface's name.</param>
    /// <param name="direction">Ingress or egress (for netkit: primary or peer); the section's unless set.</param>
    /// <param name="place">Where among the programs of the interface (kernel 6.6); the last unless set.</param>
    public BpfLink AttachTc(string networkInterface, AttachType? direction = null, BpfPlace? place = null)
    {
        MustBeFor("tc", ProgramType.SchedCls);
        AttachType type = direction ?? ExpectedAttachType ?? Settings.Hook?.AttachType
            ?? throw new ArgumentException($"{What} does not say whether it is for ingress or egress; pass a direction", nameof(direction));
        int index = InterfaceIndex(networkInterface);
        LinkCreateAttributes attributes = new() { ProgramFd = Fd, Target = index, AttachType = (uint)type, Flags = place?.Flags ?? 0, RelativeFd = place?.RelativeFd ?? 0 };
        int fd = BpfSyscall.LinkCreate(attributes, LinkCreateAttributes.Sizes.TwoWords);
        if (fd >= 0) return Link(fd, $"{type} of {networkInterface}");
        bool netkit = type is Objects.Kernel.AttachType.NetkitPrimary or Objects.Kernel.AttachType.NetkitPeer;
        if (!netkit && place is null && RunningKernel.Version < TcxLinks) return TrafficControl.Attach(this, networkInterface, index, type);
        throw LinkErrors.Create(fd, this, $"{type} of {networkInterface}", netkit ? "6.7" : "6.6", PlaceHint(place, fd));
    }

    /// <summary>Attaches a program to a control group of the unified hierarchy, beside those that are there (kernel 5.7).</summary>
    /// <param name="path">The group's folder, e.g. <c>/sys/fs/cgroup/system.slice</c>.</param>
    /// <param name="type">The hook; the program's unless set.</param>
    /// <param name="place">Where among the programs of the group (kernel 6.17); the last unless set.</param>
    public BpfLink AttachCgroup(string path, AttachType? type = null, BpfPlace? place = null)
    {
        AttachType attachType = type ?? ExpectedAttachType ?? Settings.Hook?.AttachType
            ?? throw new ArgumentException($"{What} does not say which hook it is for; pass a type", nameof(type));
        MustBeFor("control groups", ProgramType.CgroupSkb, ProgramType.CgroupSock, ProgramType.CgroupSockAddr, ProgramType.CgroupSockopt,
            ProgramType.CgroupSysctl, ProgramType.CgroupDevice, ProgramType.SockOps, ProgramType.Lsm);
        using BpfHandle group = FileDescriptors.OpenFolder(path);
        LinkCreateAttributes attributes = new() { ProgramFd = Fd, Target = group.Fd, AttachType = (uint)attachType, Flags = place?.Flags ?? 0, RelativeFd = place?.RelativeFd ?? 0 };
        return place is null
            ? CreateLink(attributes, LinkCreateAttributes.Sizes.Plain, $"control group {path}", "5.7", $"is the folder in a cgroup2 file system, and {attachType} a hook of control groups?")
            : CreateLink(attributes, LinkCreateAttributes.Sizes.TwoWords, $"control group {path} at a place", "6.17", PlaceHint(place, 0));
    }

    /// <summary>Attaches an sk_lookup or flow dissector program to a network namespace (kernel 5.9 and 5.7).</summary>
    /// <param name="path">The namespace's file; this process's unless set.</param>
    public BpfLink AttachNetworkNamespace(string path = "/proc/self/ns/net")
    {
        MustBeFor("network namespaces", ProgramType.SkLookup, ProgramType.FlowDissector);
        using BpfHandle space = FileDescriptors.OpenFile(path);
        AttachType type = ExpectedAttachType ?? Settings.Hook?.AttachType ?? AttachType.SkLookup;
        LinkCreateAttributes attributes = new() { ProgramFd = Fd, Target = space.Fd, AttachType = (uint)type };
        return CreateLink(attributes, LinkCreateAttributes.Sizes.Plain, $"network namespace {path}", "5.9");
    }

    /// <summary>
    /// Attaches an sk_skb or sk_msg program to a sock map or sock hash: as a link (kernel 6.10), before that for as long as the map exists or until the result is disposed.
    /// </summary>
    /// <param name="map">The map.</param>
    /// <param name="type">The hook; the program's unless set.</param>
    /// <remarks>A socket gets the map's programs when it is put in and keeps them until it leaves the map, so attach first, then put sockets in.</remarks>
    public BpfLink AttachSockMap(BpfMap map, AttachType? type = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        MustBeFor("sock maps", ProgramType.SkSkb, ProgramType.SkMsg);
        AttachType attachType = type ?? ExpectedAttachType ?? Settings.Hook?.AttachType
            ?? throw new ArgumentException($"{What} does not say which hook it is for; pass a type", nameof(type));
        if (RunningKernel.Version >= SockMapLinks)
        {
            LinkCreateAttributes link = new() { ProgramFd = Fd, Target = map.Fd, AttachType = (uint)attachType };
            return CreateLink(link, LinkCreateAttributes.Sizes.Plain, map.What, "6.10", "is it a sock map or sock hash?");
        }

        ProgramAttachAttributes attributes = new() { TargetFd = map.Fd, ProgramFd = Fd, AttachType = (uint)attachType };
        BpfError.Check(BpfSyscall.ProgramAttach(attributes), $"attach {What} to {map.What}");
        return new BpfLink(Name, map.What, null, detach: () =>
        {
            // A map or program that was disposed before is detached by the kernel when it is freed.
            if (!map.Handle.IsClosed && !Handle.IsClosed) _ = BpfSyscall.ProgramDetach(attributes);
        });
    }

    /// <summary>Attaches a socket filter (<c>SO_ATTACH_BPF</c>) or reuseport program (<c>SO_ATTACH_REUSEPORT_EBPF</c>) to a socket.</summary>
    /// <param name="socket">
    /// The socket. If it is still open when the link is disposed, it has no filter any more then, also if another one took this one's place: a socket has one, and no kernel has links for it.
    /// </param>
    public BpfLink AttachSocket(SafeHandle socket)
    {
        const int Level = 1, AttachFilter = 50, DetachFilter = 27, AttachReuseport = 52, DetachReuseport = 68;
        ArgumentNullException.ThrowIfNull(socket);
        MustBeFor("sockets", ProgramType.SocketFilter, ProgramType.SkReuseport);
        bool filter = Type == ProgramType.SocketFilter;
        if (SetOption(filter ? AttachFilter : AttachReuseport, Fd) is var error and not Errno.None) throw BpfError.Create((int)error, $"attach {What} to a socket");
        // What another has detached already is not an error.
        return new BpfLink(Name, "a socket", null, detach: () =>
        {
            if (!socket.IsClosed) _ = SetOption(filter ? DetachFilter : DetachReuseport, 0);
        });

        Errno SetOption(int option, int value)
        {
            using BorrowedHandle borrowed = new(socket);
            return Libc.SetSocketOption(borrowed.Fd, Level, option, &value, sizeof(int)) < 0 ? Libc.LastError : Errno.None;
        }
    }

    /// <summary>Attaches a netfilter program (kernel 6.4).</summary>
    /// <param name="hook">Which hook, and where in its order.</param>
    public BpfLink AttachNetfilter(BpfNetfilterHook hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        MustBeFor("netfilter", ProgramType.Netfilter);
        LinkCreateAttributes attributes = new()
        {
            ProgramFd = Fd,
            AttachType = (uint)AttachType.Netfilter,
            NetfilterFamily = (uint)hook.Family,
            NetfilterHook = (uint)hook.Point,
            NetfilterPriority = hook.Priority,
            NetfilterFlags = hook.Defragment ? 1u : 0,
        };
        return CreateLink(attributes, LinkCreateAttributes.Sizes.TwoWords, $"netfilter {hook.Family} {hook.Point}", "6.4");
    }

    private static string? PlaceHint(BpfPlace? place, int error) => place is null ? null
        : error == -(int)Errno.ENOENT || place.RelativeFd != 0 ? "is the program or link that it should stand next to attached there?" : null;

    private static readonly KernelVersion TcxLinks = new(6, 6);
    private static readonly KernelVersion SockMapLinks = new(6, 10);

    /// <summary>The index of an interface in the calling thread's network namespace.</summary>
    /// <exception cref="BpfException">There is none of this name.</exception>
    internal static int InterfaceIndex(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        uint index = Libc.InterfaceIndex(name);
        return index != 0 ? (int)index : throw new BpfException($"there is no network interface '{name}'; `ip link` lists those there are");
    }
}
