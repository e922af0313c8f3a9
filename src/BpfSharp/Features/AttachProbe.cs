using BpfSharp.Errors;
using BpfSharp.Objects.Instructions;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Features;

/// <summary>Asks the kernel for an attach type in a way that attaches nothing: with something else missing that it looks at later.</summary>
internal static unsafe class AttachProbe
{
    private static readonly Instruction[] Nothing = [Instruction.Create(0xb7, 0, 0, 0, 0), Instruction.Create(0x95, 0, 0, 0, 0)];

    /// <summary>Whether the kernel has it.</summary>
    public static bool Run(AttachType type) => type switch
    {
        AttachType.TraceRawTp or AttachType.TraceFentry or AttachType.TraceFexit or AttachType.ModifyReturn or AttachType.TraceIter or AttachType.TraceFsession =>
            IsTarget(ProgramType.Tracing, type),
        AttachType.LsmMac => IsTarget(ProgramType.Lsm, type),
        AttachType.XdpDevMap => HasValuesOfEightBytes(MapType.DevMap),
        AttachType.XdpCpuMap => HasValuesOfEightBytes(MapType.CpuMap),
        // A kernel that does not have them takes any number.
        AttachType.SkReuseportSelect or AttachType.SkReuseportSelectOrMigrate =>
            Loads(ProgramType.SkReuseport, type) && !Loads(ProgramType.SkReuseport, AttachType.CgroupInetEgress),
        // No perf event.
        AttachType.PerfEvent => Link(type, new() { Target = -1 }, LinkCreateAttributes.Sizes.OneWord) == Errno.EBADF,
        AttachType.TraceKprobeMulti or AttachType.TraceKprobeSession => HasKprobes(type),
        AttachType.TraceUprobeMulti or AttachType.TraceUprobeSession => HasUprobes(type),
        AttachType.StructOps => MapProbe.Run(MapType.StructOps, BpfMapFlags.Link),
        AttachType.Netfilter => BpfFeatures.Has(ProgramType.Netfilter),
        < AttachType.TraceFsession => IsAttached(type),
        _ => throw new NotSupportedException($"no kernel that has {type} is known, so it cannot be asked for it"),
    };

    /// <summary>The kernel looks at the attach type first, and at the program, which is none, then.</summary>
    private static bool IsAttached(AttachType type)
    {
        int result = BpfSyscall.ProgramAttach(new ProgramAttachAttributes { ProgramFd = -1, TargetFd = -1, AttachType = (uint)type });
        ProgramProbe.CheckPrivilege(result, "", $"whether it has {type}");
        return result == -(int)Errno.EBADF;
    }

    /// <summary>The verifier says of type 1 of the kernel that it is no target of this kind.</summary>
    private static bool IsTarget(ProgramType program, AttachType type)
    {
        int result = ProgramProbe.Load(program, (uint)type, 1, Nothing, out string log);
        ProgramProbe.CheckPrivilege(result, log, $"whether it has {type}");
        return log.Contains("attach_btf_id", StringComparison.Ordinal);
    }

    private static bool Loads(ProgramType program, AttachType type)
    {
        int result = ProgramProbe.Load(program, (uint)type, 0, Nothing, out string log);
        ProgramProbe.CheckPrivilege(result, log, $"whether it has {type}");
        return result >= 0;
    }

    /// <summary>Such maps have a program beside the target.</summary>
    private static bool HasValuesOfEightBytes(MapType type)
    {
        int fd = BpfSyscall.MapCreate(new MapCreateAttributes { MapType = (uint)type, KeySize = 4, ValueSize = 8, MaxEntries = 1 });
        ProgramProbe.CheckPrivilege(fd, "", $"what maps of type {type} hold");
        if (fd >= 0) _ = Libc.Close(fd);
        return fd >= 0;
    }

    /// <summary>There is no such function.</summary>
    private static bool HasKprobes(AttachType type)
    {
        fixed (byte* name = "bpfsharp_no_such_function\0"u8)
        {
            byte* symbol = name;
            return Link(type, new() { KprobeCount = 1, KprobeSymbols = &symbol }, LinkCreateAttributes.Sizes.KprobeMulti) is not (Errno.EINVAL or Errno.EOPNOTSUPP);
        }
    }

    /// <summary>A folder is no file to probe.</summary>
    private static bool HasUprobes(AttachType type)
    {
        ulong offset = 1;
        fixed (byte* path = "/\0"u8)
            return Link(type, new() { UprobePath = path, UprobeOffsets = &offset, UprobeCount = 1 }, LinkCreateAttributes.Sizes.UprobeMulti) == Errno.EBADF;
    }

    /// <summary>The error of a link with something missing.</summary>
    private static Errno Link(AttachType type, LinkCreateAttributes attributes, int size)
    {
        int program = ProgramProbe.Open(ProgramType.Kprobe, (uint)type, 0, Nothing, out string log);
        ProgramProbe.CheckPrivilege(program, log, $"whether it has {type}");
        if (program < 0) return Errno.EINVAL;
        using BpfHandle handle = new(program, "program");
        (attributes.ProgramFd, attributes.AttachType) = (program, (uint)type);
        int result = BpfSyscall.LinkCreate(attributes, size);
        ProgramProbe.CheckPrivilege(result, "", $"whether it has {type}");
        if (result < 0) return (Errno)(-result);
        _ = Libc.Close(result);
        return Errno.None;
    }
}
