using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Programs;
using BpfSharp.Syscalls;

namespace BpfSharp.Links;

/// <summary>Asks the kernel what is attached to a hook.</summary>
internal sealed unsafe class HookQuery
{
    private const uint Effective = 1; // BPF_F_QUERY_EFFECTIVE

    // How a hook's programs are attached: the method that asks for them, and the first kernel that answers.
    private static readonly Dictionary<AttachMethod, (string Asker, KernelVersion Since)> Kinds = new()
    {
        [AttachMethod.Tcx] = (nameof(BpfAttachedPrograms.OfTc), new(6, 6)),
        [AttachMethod.Netkit] = (nameof(BpfAttachedPrograms.OfTc), new(6, 7)),
        [AttachMethod.Cgroup] = (nameof(BpfAttachedPrograms.OfCgroup), new(4, 15)),
        [AttachMethod.NetworkNamespace] = (nameof(BpfAttachedPrograms.OfNetworkNamespace), new(5, 2)),
        [AttachMethod.SockMap] = (nameof(BpfAttachedPrograms.OfSockMap), new(5, 18)),
        [AttachMethod.Lirc] = (nameof(BpfAttachedPrograms.OfLirc), new(4, 18)),
    };

    private static readonly KernelVersion FlagsOfEach = new(6, 0);
    private readonly AttachType _type;
    private readonly AttachMethod _method;

    private HookQuery(AttachType type, AttachMethod method) => (_type, _method) = (type, method);

    /// <summary>The question for a hook.</summary>
    /// <param name="type">The hook.</param>
    /// <param name="asker">The method that is called for it. The kernel would take the number for one of another kind: an interface's index for a descriptor.</param>
    /// <exception cref="ArgumentException">Another method asks for this hook, or none.</exception>
    public static HookQuery For(AttachType type, string asker)
    {
        AttachMethod method = AttachMethods.Of(Hooks.All.FirstOrDefault(h => h.AttachType == type));
        if (!Kinds.TryGetValue(method, out (string Asker, KernelVersion Since) kind))
            throw new ArgumentException($"the kernel cannot be asked what is attached to {type}; BpfLink.EnumerateInfos() has the links that there are", nameof(type));
        return kind.Asker == asker ? new(type, method) : throw new ArgumentException($"{type} is not for {asker}; call {kind.Asker}", nameof(type));
    }

    /// <summary>Asks.</summary>
    /// <param name="target">The descriptor or interface's index.</param>
    /// <param name="where">How errors call the hook.</param>
    /// <param name="effective">Whether a control group's answer has those of the groups above.</param>
    public BpfAttachedPrograms Run(int target, string where, bool effective = false)
    {
        // Kernels that know no links at hooks and no flags of each program refuse to be given room for them; netkit came with the links.
        bool hasLinks = _method is AttachMethod.Tcx or AttachMethod.Netkit;
        bool hasFlags = _method == AttachMethod.Cgroup && !effective && RunningKernel.Version >= FlagsOfEach;
        ProgramQueryAttributes attributes;
        uint[] programs, links, flags;
        int result, capacity = 16;
        do
        {
            (programs, links, flags) = (new uint[capacity], new uint[capacity], new uint[capacity]);
            fixed (uint* p = programs, l = links, f = flags)
            {
                attributes = new()
                {
                    Target = target,
                    AttachType = (uint)_type,
                    QueryFlags = effective ? Effective : 0,
                    ProgramIds = p,
                    Count = (uint)capacity,
                    ProgramAttachFlags = hasFlags ? f : null,
                    LinkIds = hasLinks ? l : null,
                };
                result = BpfSyscall.ProgramQuery(ref attributes);
            }

            capacity = Math.Max(2 * capacity, (int)attributes.Count);
        }
        while (result == -(int)Errno.ENOSPC);

        if (result < 0) throw BpfError.Create(result, $"ask what is attached to {where}", Hint(result));
        if (!hasFlags && !effective) Array.Fill(flags, attributes.AttachFlags);
        BpfAttachedProgram[] found = new BpfAttachedProgram[Math.Min((int)attributes.Count, programs.Length)];
        for (int i = 0; i < found.Length; i++) found[i] = new(programs[i], links[i] == 0 ? null : links[i], (BpfAttachFlags)flags[i]);
        return new(_type, found, attributes.Revision == 0 ? null : attributes.Revision);
    }

    private string? Hint(int error)
    {
        KernelVersion since = Kinds[_method].Since, type = AttachTypes.Since(_type);
        if (type > since) since = type;
        return (Errno)(-error) switch
        {
            Errno.EPERM when Capabilities.Current() is var have && !have.Has(Capability.NetAdmin) && !have.Has(Capability.SysAdmin) =>
                "CAP_NET_ADMIN is missing; run as root, or add cap_net_admin with setcap",
            Errno.EINVAL or Errno.E2BIG when RunningKernel.Version < since => $"this needs Linux {since}, and {RunningKernel.Version} is running",
            Errno.EBADF when _method == AttachMethod.Cgroup => "is the folder in a cgroup2 file system?",
            Errno.ENXIO when _method == AttachMethod.Netkit => "it is no netkit interface",
            Errno.EACCES when _method == AttachMethod.Netkit => "it is the peer of a netkit pair; name the primary one",
            _ => null,
        };
    }
}
