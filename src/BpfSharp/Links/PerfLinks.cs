using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Links;

/// <summary>
/// Programs on perf events: tracepoints, probes and samples. Since kernel 5.15 the connection is a bpf_link, before that an ioctl
/// on the event.
/// </summary>
internal static unsafe class PerfLinks
{
    private const nint CloseOnExec = 8;
    private const nuint Enable = 0x2400;
    private const nuint SetBpf = 0x40042408;

    /// <summary>Opens an event and attaches a program to it.</summary>
    /// <param name="program">The program.</param>
    /// <param name="where">What the event is, for errors.</param>
    /// <param name="attributes">The event.</param>
    /// <param name="process">The process, -1 for all.</param>
    /// <param name="cpu">The CPU, -1 for all (then <paramref name="process"/> must be one).</param>
    /// <param name="cookie">The cookie, 0 for none.</param>
    /// <param name="hint">What an error of opening the event means.</param>
    public static BpfLink Attach(
        BpfProgram program, string where, PerfEventAttributes attributes, int process, int cpu, ulong cookie, Func<Errno, string?>? hint = null)
    {
        nint number = SyscallNumbers.Current?.PerfEventOpen ?? -1;
        nint fd = Libc.Syscall5(number, &attributes, process, cpu, -1, CloseOnExec);
        if (fd < 0)
        {
            Errno error = Libc.LastError;
            throw BpfError.Create((int)error, $"open a perf event for {where}", hint?.Invoke(error) ?? OpenHint(error));
        }

        BpfHandle perfEvent = new((int)fd, $"perf event of {where}");
        BpfHandle? link = null;
        try
        {
            link = Connect(program, where, perfEvent, cookie);
            if (Libc.Ioctl(perfEvent.Fd, Enable, 0) < 0) throw BpfError.Create((int)Libc.LastError, $"enable the perf event of {where}");
            return new BpfLink(program.Name, where, link, perfEvent);
        }
        catch
        {
            link?.Dispose();
            perfEvent.Dispose();
            throw;
        }
    }

    /// <summary>Makes a bpf_link; null where the kernel has none for perf events and the ioctl was used.</summary>
    private static BpfHandle? Connect(BpfProgram program, string where, BpfHandle perfEvent, ulong cookie)
    {
        LinkCreateAttributes attributes = new()
        {
            ProgramFd = program.Fd,
            Target = perfEvent.Fd,
            AttachType = (uint)AttachType.PerfEvent,
            PerfCookie = cookie,
        };
        int fd = BpfSyscall.LinkCreate(attributes, LinkCreateAttributes.Sizes.OneWord);
        if (fd >= 0) return new BpfHandle(fd, $"link of {program.What} to {where}");
        bool old = RunningKernel.Version < new KernelVersion(5, 15, 0);
        if (!old) throw LinkErrors.Create(fd, program, where, "5.15", AttachHint);
        if (cookie != 0) throw new BpfException($"cannot attach {program.What} to {where} with a cookie: cookies need Linux 5.15, and {RunningKernel.Version} is running");
        if (Libc.Ioctl(perfEvent.Fd, SetBpf, program.Fd) < 0)
            throw BpfError.Create((int)Libc.LastError, $"attach {program.What} to {where}", Libc.LastError == Errno.EINVAL ? AttachHint : null);
        return null;
    }

    private const string AttachHint = "the program is of another kind than the hook, or it reads more of the context than this tracepoint has";

    private static string? OpenHint(Errno error) => error switch
    {
        Errno.EACCES or Errno.EPERM when Capabilities.Current() is var have && !have.Has(Capability.PerfMon) && !have.Has(Capability.SysAdmin) =>
            "CAP_PERFMON is missing, and kernel.perf_event_paranoid forbids it without; run as root, or add cap_perfmon with setcap",
        Errno.ENOENT or Errno.EOPNOTSUPP => "this machine does not have the event; virtual machines often have no hardware counters",
        _ => null,
    };
}
