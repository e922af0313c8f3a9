using BpfSharp.Errors;
using BpfSharp.Links;
using BpfSharp.Maps;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

public sealed unsafe partial class BpfProgram
{
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC

    /// <summary>
    /// Attaches an lwt_in, lwt_out, lwt_xmit or lwt_seg6local program to a route, which is made for it and removed with the link. No kernel has links for these: the route stays if
    /// the process is killed.
    /// </summary>
    /// <param name="route">The route.</param>
    /// <exception cref="BpfException">There is no such interface, there is such a route already, or the kernel has no programs on routes.</exception>
    public BpfLink AttachRoute(BpfRoute route)
    {
        ArgumentNullException.ThrowIfNull(route);
        MustBeFor("routes", ProgramType.LwtIn, ProgramType.LwtOut, ProgramType.LwtXmit, ProgramType.LwtSeg6Local);
        return RouteTunnel.Attach(this, route, InterfaceIndex(route.Interface));
    }

    /// <summary>Attaches a lirc_mode2 program to an infrared device (<c>BPF_PROG_ATTACH</c>, kernel 4.18). No kernel has links for these: it stays attached if the process is killed.</summary>
    /// <param name="device">The device, e.g. <c>/dev/lirc0</c>.</param>
    /// <exception cref="BpfException">There is no such device, or the kernel has no programs for it.</exception>
    public BpfLink AttachLirc(string device)
    {
        BpfHandle file = FileDescriptors.OpenFile(device);
        BpfHandle? own = null;
        try
        {
            // A descriptor of its own: the program is detached by naming it, and may be disposed before.
            int copy = Libc.Fcntl(Fd, DuplicateCloseOnExec, 0);
            own = copy >= 0 ? new BpfHandle(copy, What) : throw BpfError.Create((int)Libc.LastError, $"keep {What} open");
            ProgramAttachAttributes attributes = new() { TargetFd = file.Fd, ProgramFd = copy, AttachType = (uint)AttachType.LircMode2 };
            int result = BpfSyscall.ProgramAttach(attributes);
            string? hint = (Errno)(-result) switch
            {
                Errno.EINVAL => "it is no infrared device, or this kernel has no programs for them (CONFIG_BPF_LIRC_MODE2)",
                Errno.EEXIST => "it is attached there already",
                Errno.E2BIG => "as many programs are attached there as can be",
                _ => null,
            };
            if (result < 0) throw BpfError.Create(result, $"attach {What} to {device}", hint);
            return new BpfLink(Name, device, null, detach: () =>
            {
                using (file)
                using (own) _ = BpfSyscall.ProgramDetach(attributes);
            });
        }
        catch
        {
            own?.Dispose();
            file.Dispose();
            throw;
        }
    }
}
