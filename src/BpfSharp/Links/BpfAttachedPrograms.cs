using BpfSharp.Links;
using BpfSharp.Maps;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>The programs that are attached to a hook, whoever attached them, as it was when the kernel was asked (<c>BPF_PROG_QUERY</c>, kernel 4.15, CAP_NET_ADMIN).</summary>
/// <param name="Hook">The hook.</param>
/// <param name="Programs">The programs in the kernel's order.</param>
/// <param name="Revision">
/// Counts the changes of what is attached: equal numbers mean the same programs. Of tcx and netkit, and of control groups from kernel 6.17 on; null where the kernel does not count.
/// </param>
/// <remarks>An XDP program is not asked for here: <see cref="BpfLink.EnumerateInfos"/> has the links, of XDP too, with their interfaces.</remarks>
public sealed record BpfAttachedPrograms(AttachType Hook, IReadOnlyList<BpfAttachedProgram> Programs, ulong? Revision)
{
    /// <summary>Asks for the programs of an interface: of tcx (kernel 6.6) or netkit (kernel 6.7), in the order in which they run. Filters of clsact are not among them.</summary>
    /// <param name="networkInterface">The interface's name, in the calling thread's network namespace. Of a netkit pair the primary one.</param>
    /// <param name="direction">Ingress or egress (for netkit: primary or peer).</param>
    /// <exception cref="ArgumentException"><paramref name="direction"/> is another kind of hook.</exception>
    /// <exception cref="BpfException">There is no such interface, the kernel is older, or CAP_NET_ADMIN is missing.</exception>
    public static BpfAttachedPrograms OfTc(string networkInterface, AttachType direction)
    {
        HookQuery query = HookQuery.For(direction, nameof(OfTc));
        return query.Run(BpfProgram.InterfaceIndex(networkInterface), $"{direction} of {networkInterface}");
    }

    /// <summary>Asks for the programs of a control group (kernel 4.15).</summary>
    /// <param name="path">The group's folder in a cgroup2 file system.</param>
    /// <param name="type">The hook.</param>
    /// <param name="effective">
    /// True for all that run for the group's processes, in the order in which they run: those of the groups above as well, without flags and revision. Else those that are attached to the group itself.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="type"/> is another kind of hook.</exception>
    /// <exception cref="BpfException">There is no such group, the kernel does not have the hook, or CAP_NET_ADMIN is missing.</exception>
    public static BpfAttachedPrograms OfCgroup(string path, AttachType type, bool effective = false)
    {
        HookQuery query = HookQuery.For(type, nameof(OfCgroup));
        using BpfHandle group = FileDescriptors.OpenFolder(path);
        return query.Run(group.Fd, $"{type} of control group {path}", effective);
    }

    /// <summary>Asks for the programs of a network namespace: its flow dissector (kernel 5.2), of which there is one at most, or its sk_lookup programs (kernel 5.9) in the order in which they run.</summary>
    /// <param name="type"><see cref="AttachType.FlowDissector"/> or <see cref="AttachType.SkLookup"/>.</param>
    /// <param name="path">The namespace's file; this process's unless set.</param>
    /// <exception cref="ArgumentException"><paramref name="type"/> is another kind of hook.</exception>
    /// <exception cref="BpfException">There is no such namespace, the kernel is older, or CAP_NET_ADMIN is missing.</exception>
    public static BpfAttachedPrograms OfNetworkNamespace(AttachType type, string path = "/proc/self/ns/net")
    {
        HookQuery query = HookQuery.For(type, nameof(OfNetworkNamespace));
        using BpfHandle space = FileDescriptors.OpenFile(path);
        return query.Run(space.Fd, $"{type} of network namespace {path}");
    }

    /// <summary>Asks for the program of a sock map or sock hash (kernel 5.18).</summary>
    /// <param name="map">The map.</param>
    /// <param name="type">The hook.</param>
    /// <exception cref="ArgumentException"><paramref name="type"/> is another kind of hook.</exception>
    /// <exception cref="BpfException">It is another kind of map, the kernel is older, or CAP_NET_ADMIN is missing.</exception>
    public static BpfAttachedPrograms OfSockMap(BpfMap map, AttachType type)
    {
        ArgumentNullException.ThrowIfNull(map);
        return HookQuery.For(type, nameof(OfSockMap)).Run(map.Fd, $"{type} of {map.What}");
    }

    /// <summary>Asks for the programs of an infrared device (kernel 4.18), in the order in which they run.</summary>
    /// <param name="device">The device, e.g. <c>/dev/lirc0</c>.</param>
    /// <exception cref="BpfException">There is no such device, the kernel has no programs for it, or CAP_NET_ADMIN is missing.</exception>
    public static BpfAttachedPrograms OfLirc(string device)
    {
        using BpfHandle file = FileDescriptors.OpenFile(device);
        return HookQuery.For(AttachType.LircMode2, nameof(OfLirc)).Run(file.Fd, device);
    }
}

/// <summary>A program at a hook.</summary>
/// <param name="ProgramId">The kernel's id of the program, for <see cref="BpfProgram.OpenById"/>.</param>
/// <param name="LinkId">The kernel's id of the link that holds it there, for <see cref="BpfLink.OpenById"/>: of tcx and netkit. Null where there is no link, or the kernel does not say.</param>
/// <param name="Flags">What the hook's programs allow beside them: of control groups.</param>
public readonly record struct BpfAttachedProgram(uint ProgramId, uint? LinkId, BpfAttachFlags Flags);

/// <summary>What a control group's programs allow others to do.</summary>
[Flags]
public enum BpfAttachFlags
{
    /// <summary>Nothing: no other program can be attached to this group or those below it. Hooks other than control groups' have no flags.</summary>
    None = 0,
    /// <summary><c>BPF_F_ALLOW_OVERRIDE</c>: a program of a group below runs in its place.</summary>
    AllowOverride = 1,
    /// <summary><c>BPF_F_ALLOW_MULTI</c>: others run beside it, in this group and those below. All links are attached so.</summary>
    AllowMulti = 2,
}
