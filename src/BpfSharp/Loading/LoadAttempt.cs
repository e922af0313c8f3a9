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

    // The largest buffer that kernels before 6.4 accept (UINT_MAX >> 8). Each size that is too small costs a verification, and memory that the kernel does not write costs nothing.
    private const uint FirstLog = uint.MaxValue >> 8;
    private const uint LargestRollingLog = 128 << 20;
    private const uint StatisticsOnly = 4;

    // From here on a log that is too long keeps its end, and the kernel says how long it would be.
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
            int logged = WithLog(ref attributes, options.LogLevel, 0, out log);
            if (logged < 0) throw Failure(logged, log);
            options.LogSink?.Invoke(settings.Name, log);
            return logged;
        }

        int fd = Try(ref attributes);
        if (fd == -(int)Errno.EINVAL && settings.Hook is { } hook && hook.Flags.HasFlag(HookFlags.AttachTypeOptional))
        {
            ProgramLoadAttributes plain = attributes;
            plain.ExpectedAttachType = 0;
            int again = Try(ref plain);
            if (again >= 0) return again;
        }

        if (fd >= 0) return fd;
        int second = WithLog(ref attributes, 1, fd, out log);
        // It may succeed now: a condition of the moment, such as memory, is over.
        return second >= 0 ? second : throw Failure(second, log);
    }

    private static int Try(ref ProgramLoadAttributes attributes)
    {
        int result = -(int)Errno.EAGAIN;
        for (int i = 0; i < Retries && result == -(int)Errno.EAGAIN; i++) result = BpfSyscall.ProgramLoad(ref attributes);
        return result;
    }

    /// <summary>Loads with a log, twice if the first buffer is too small for it.</summary>
    /// <param name="attributes">The program.</param>
    /// <param name="level">What is logged.</param>
    /// <param name="known">What the kernel said without a log, 0 if it was not asked.</param>
    /// <param name="log">The log.</param>
    private static int WithLog(ref ProgramLoadAttributes attributes, uint level, int known, out string log)
    {
        int result = WithBuffer(ref attributes, level, FirstLog, out log, out uint trueSize);
        if (result != -(int)Errno.ENOSPC) return result;
        bool isRolling = trueSize > 0 || RunningKernel.Version >= RollingLog;
        if (isRolling)
        {
            result = WithBuffer(ref attributes, level, Math.Min(Math.Max(trueSize, FirstLog), LargestRollingLog), out log, out _);
            if (result != -(int)Errno.ENOSPC) return result;
            // The log has its end, with the reason; only the error is missing.
            if (known < 0) return known;
        }

        // Kernels before 6.4 keep the start only; without instructions the rest fits.
        int again = WithBuffer(ref attributes, StatisticsOnly, FirstLog, out string end, out _);
        if (!isRolling) log += "\n" + end;
        return again;
    }

    private static int WithBuffer(ref ProgramLoadAttributes attributes, uint level, uint size, out string log, out uint trueSize)
    {
        trueSize = 0;
        byte* buffer = (byte*)NativeMemory.AllocZeroed(size);
        try
        {
            attributes.LogBuffer = buffer;
            (attributes.LogLevel, attributes.LogSize) = (level, size);
            int result = Try(ref attributes);
            log = VerifierLog.Text(new ReadOnlySpan<byte>(buffer, (int)size));
            return result;
        }
        finally
        {
            NativeMemory.Free(buffer);
            attributes.LogBuffer = null;
            (attributes.LogLevel, attributes.LogSize) = (0, 0);
            (trueSize, attributes.LogTrueSize) = (attributes.LogTrueSize, 0);
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
