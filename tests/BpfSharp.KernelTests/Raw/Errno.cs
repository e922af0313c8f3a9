using System.Runtime.InteropServices;

namespace BpfSharp.KernelTests.Raw;

/// <summary>Names of the error numbers that probes meet.</summary>
static class Errno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int EINVAL = 22;
    public const int ENOSYS = 38;
    public const int ENOTSUPP = 524;

    static readonly Dictionary<int, string> s_names = new()
    {
        [EPERM] = "EPERM",
        [ENOENT] = "ENOENT",
        [7] = "E2BIG",
        [9] = "EBADF",
        [11] = "EAGAIN",
        [12] = "ENOMEM",
        [13] = "EACCES",
        [14] = "EFAULT",
        [16] = "EBUSY",
        [17] = "EEXIST",
        [19] = "ENODEV",
        [EINVAL] = "EINVAL",
        [28] = "ENOSPC",
        [ENOSYS] = "ENOSYS",
        [95] = "EOPNOTSUPP",
        [ENOTSUPP] = "ENOTSUPP",
    };

    /// <summary>The number's name and the C library's words for it.</summary>
    public static string Describe(int number) => $"{s_names.GetValueOrDefault(number, $"errno {number}")} ({Marshal.GetPInvokeErrorMessage(number)})";
}
