using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>Loads one program, first without a log, and once more with one to say why if the kernel refuses.</summary>
internal sealed unsafe class LoadAttempt(BpfProgramSettings settings, LinkedProgram linked, BpfLoadOptions options)
{
    // The kernel gives up with EAGAIN when a signal arrives while it verifies.
    private const int Retries = 10;
    private const uint FirstLog = 256 << 10;

    // The largest buffer that kernels before 6.4 accept (UINT_MAX >> 8); newer ones take four times as much.
    private const uint LargestLog = uint.MaxValue >> 8;
    private const uint LargestRollingLog = 128 << 20;
    private const uint StatisticsOnly = 4;

    // From here on a log that is too long keeps its end.
    private static readonly KernelVersion RollingLog = new(6, 4);

    /// <summary>Loads the program.</summary>
    /// <returns>Its descriptor.</returns>
    /// <exception cref="BpfVerifierException">The verifier rejected it.</exception>
    /// <exception cref="BpfException">The kernel refused for another reason.</exception>
    public int Run(ref ProgramLoadAttributes attributes, out string log)
    {
        log = "";
        if (options.LogLevel != 0)
        {
            int logged = WithLog(ref attributes, options.LogLevel, out log);
            if (logged < 0) throw Failure(logged, log);
            options.LogSink?.Invoke(settings.Name, log);
            return logged;
        }

        int fd = Try(attributes);
        if (fd == -(int)Errno.EINVAL && settings.Hook is { } hook && hook.Flags.HasFlag(HookFlags.AttachTypeOptional))
        {
            ProgramLoadAttributes plain = attributes;
            plain.ExpectedAttachType = 0;
            int again = Try(plain);
            if (again >= 0) return again;
        }

        if (fd >= 0) return fd;
        int second = WithLog(ref attributes, 1, out log);
        // It may succeed now: a condition of the moment, such as memory, is over.
        return second >= 0 ? second : throw Failure(second, log);
    }

    private static int Try(in ProgramLoadAttributes attributes)
    {
        int result = -(int)Errno.EAGAIN;
        for (int i = 0; i < Retries && result == -(int)Errno.EAGAIN; i++) result = BpfSyscall.ProgramLoad(attributes);
        return result;
    }

    /// <summary>Loads with a log; the buffer grows until the log is whole.</summary>
    private static int WithLog(ref ProgramLoadAttributes attributes, uint level, out string log)
    {
        uint largest = RunningKernel.Version < RollingLog ? LargestLog : LargestRollingLog;
        for (uint size = FirstLog; ; size = Math.Min(size * 4, largest))
        {
            int result = WithBuffer(ref attributes, level, size, out log);
            if (result != -(int)Errno.ENOSPC) return result;
            if (size < largest) continue;
            // The log's end holds the reason. Kernels before 6.4 keep the start only; without instructions the rest fits.
            int again = WithBuffer(ref attributes, StatisticsOnly, FirstLog, out string end);
            if (RunningKernel.Version < RollingLog) log += "\n" + end;
            return again;
        }
    }

    private static int WithBuffer(ref ProgramLoadAttributes attributes, uint level, uint size, out string log)
    {
        byte* buffer = (byte*)NativeMemory.AllocZeroed(size);
        try
        {
            attributes.LogBuffer = buffer;
            (attributes.LogLevel, attributes.LogSize) = (level, size);
            int result = Try(attributes);
            log = VerifierLog.Text(new ReadOnlySpan<byte>(buffer, (int)size));
            return result;
        }
        finally
        {
            NativeMemory.Free(buffer);
            attributes.LogBuffer = null;
            (attributes.LogLevel, attributes.LogSize) = (0, 0);
        }
    }

    private BpfException Failure(int error, string log)
    {
        if (VerifierLog.HasVerdict(log)) return BpfVerifierException.Create(settings.Name, log, linked, -error);
        Errno errno = (Errno)(-error);
        string? hint = errno switch
        {
            Errno.E2BIG => $"it has {linked.Instructions.Length} instructions, more than this kernel takes",
            Errno.EINVAL => $"this kernel ({RunningKernel.Version}) does not take a {settings.Type} program with attach type {settings.ExpectedAttachType?.ToString() ?? "none"} and these options",
            Errno.EPERM when Capabilities.Current() is var have && have.Has(Capability.SysAdmin) =>
                $"the kernel's configuration or lockdown does not allow {settings.Type} programs with attach type {settings.ExpectedAttachType?.ToString() ?? "none"}",
            _ => null,
        };
        return BpfError.Create(error, $"load program '{settings.Name}'", hint);
    }
}
