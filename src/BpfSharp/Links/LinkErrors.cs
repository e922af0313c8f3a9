using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Links;

/// <summary>What errors of attaching mean.</summary>
internal static class LinkErrors
{
    /// <summary>The exception for a link that could not be made.</summary>
    /// <param name="error">The kernel's error.</param>
    /// <param name="program">The program.</param>
    /// <param name="where">The hook.</param>
    /// <param name="since">The kernel version that brought this kind of link.</param>
    /// <param name="hint">What else an error about the arguments may mean.</param>
    public static BpfException Create(int error, BpfProgram program, string where, string since, string? hint = null)
    {
        string? text = (Errno)Math.Abs(error) switch
        {
            Errno.EINVAL or Errno.ENOTSUPP or Errno.EOPNOTSUPP when RunningKernel.Version < KernelVersion.Parse(since) =>
                $"this needs Linux {since}, and {RunningKernel.Version} is running",
            Errno.EINVAL or Errno.ENOENT or Errno.EBADF or Errno.ESRCH => hint,
            Errno.EBUSY => "another program is attached there that does not allow a second one",
            _ => null,
        };
        return BpfError.Create(error, $"attach {program.What} to {where}", text);
    }
}
