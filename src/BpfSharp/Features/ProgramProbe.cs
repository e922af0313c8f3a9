using BpfSharp.Errors;
using BpfSharp.Objects.Instructions;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Features;

/// <summary>Loads the smallest program of a type, and one that calls a helper, and reads what the verifier says.</summary>
internal static unsafe class ProgramProbe
{
    private const uint Sleepable = 1 << 4;
    private static readonly Instruction Exit = Instruction.Create(0x95, 0, 0, 0, 0);

    /// <summary>The attach types without which the kernel does not take programs of a type.</summary>
    private static readonly Dictionary<ProgramType, AttachType> AttachTypes = new()
    {
        [ProgramType.CgroupSockAddr] = AttachType.CgroupInet4Connect,
        [ProgramType.CgroupSockopt] = AttachType.CgroupGetSockOpt,
        [ProgramType.SkLookup] = AttachType.SkLookup,
        [ProgramType.Netfilter] = AttachType.Netfilter,
        [ProgramType.Tracing] = AttachType.TraceRawTp,
        [ProgramType.Lsm] = AttachType.LsmMac,
    };

    /// <summary>Whether the kernel has a program type: it loads the program, or its verifier objects to it.</summary>
    public static bool Run(ProgramType type)
    {
        if (type == ProgramType.Unspecified) return false;
        int result = Load(type, [Instruction.Create(0xb7, 0, 0, 0, 0), Exit], out string log);
        CheckPrivilege(result, log, $"whether it has programs of type {type}");
        return result >= 0 || log.Length > 0;
    }

    /// <summary>Whether programs of a type may call a helper: the verifier may object to the arguments, but not to the call.</summary>
    public static bool RunHelper(ProgramType type, int helper)
    {
        if (NeedsTarget(type)) throw new NotSupportedException($"the kernel looks at {type} programs only with a target, so it cannot be asked for their helpers");
        int result = Load(type, [Instruction.Create(0x85, 0, 0, 0, helper), Exit], out string log);
        CheckPrivilege(result, log, $"whether {type} programs may call helper {helper}");
        bool refused = log.Contains("invalid func ", StringComparison.Ordinal) || log.Contains("unknown func ", StringComparison.Ordinal)
            || log.Contains("program of this type cannot use helper", StringComparison.Ordinal);
        return result >= 0 || (log.Length > 0 && !refused);
    }

    /// <summary>A refusal is an answer only if this process has the privileges to ask.</summary>
    /// <exception cref="BpfException">It has not.</exception>
    public static void CheckPrivilege(int result, string log, string question)
    {
        if (result == -(int)Errno.EPERM && log.Length == 0 && !MayLoad()) throw BpfError.Create(result, $"ask the kernel {question}");
    }

    /// <summary>Whether this process has all privileges, so that a refusal is the kernel's configuration and an answer by itself.</summary>
    private static bool MayLoad() =>
        Capabilities.Current() is var have
        && (have.Has(Capability.SysAdmin) || (have.Has(Capability.Bpf) && have.Has(Capability.PerfMon) && have.Has(Capability.NetAdmin)));

    private static bool NeedsTarget(ProgramType type) => type is ProgramType.Tracing or ProgramType.Lsm or ProgramType.StructOps or ProgramType.Extension;

    private static int Load(ProgramType type, Instruction[] code, out string log) =>
        // Type 1 is no function: the verifier of a kernel that knows the program type says so.
        Load(type, AttachTypes.TryGetValue(type, out AttachType attach) ? (uint)attach : 0, NeedsTarget(type) ? 1u : 0, code, out log);

    /// <summary>Loads a program and closes it again.</summary>
    public static int Load(ProgramType type, uint attachType, uint target, Instruction[] code, out string log)
    {
        int fd = Open(type, attachType, target, code, out log);
        if (fd >= 0) _ = Libc.Close(fd);
        return fd;
    }

    /// <summary>Loads a program: its descriptor, or the kernel's error.</summary>
    public static int Open(ProgramType type, uint attachType, uint target, Instruction[] code, out string log)
    {
        byte[] buffer = new byte[64 << 10];
        fixed (Instruction* instructions = code)
        fixed (byte* license = "GPL\0"u8, text = buffer)
        {
            ProgramLoadAttributes attributes = new()
            {
                ProgramType = (uint)type,
                Instructions = instructions,
                InstructionCount = (uint)code.Length,
                License = license,
                KernelVersion = RunningKernel.Version.Code,
                Flags = type == ProgramType.Syscall ? Sleepable : 0,
                ExpectedAttachType = attachType,
                AttachTypeId = target,
                // Of a long program the log would not fit.
                LogLevel = code.Length < 100 ? 1u : 0,
                LogSize = code.Length < 100 ? (uint)buffer.Length : 0,
                LogBuffer = code.Length < 100 ? text : null,
            };
            int fd = BpfSyscall.ProgramLoad(ref attributes);
            log = VerifierLog.Text(buffer);
            return fd;
        }
    }
}
