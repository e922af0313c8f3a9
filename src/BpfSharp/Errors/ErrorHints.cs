using BpfSharp.Syscalls;

namespace BpfSharp.Errors;

/// <summary>What an error number of <c>bpf(2)</c> usually means on this machine, and what to do about it.</summary>
internal static class ErrorHints
{
    private static readonly Dictionary<Errno, string> Fixed = new()
    {
        [Errno.ENOSYS] = "this kernel has no bpf(2); it needs CONFIG_BPF_SYSCALL",
        [Errno.ENOMEM] = "the kernel has no memory for it, or the control group's or RLIMIT_MEMLOCK's limit is reached; raise the limit or use smaller maps",
        [Errno.E2BIG] = "it is too large, or this kernel is too old to know one of the options that were given",
        [Errno.ENOSPC] = "there is no room left",
        [Errno.EINVAL] = "the kernel does not know this kind or this combination of options; it may be too old",
        [Errno.EFAULT] = "the kernel could not read or write memory that it was given",
        [Errno.EBUSY] = "it is in use; something else is attached there exclusively",
        [Errno.EEXIST] = "it is there already",
        [Errno.ENOENT] = "it does not exist",
        [Errno.EMFILE] = "this process has no descriptor left; raise `ulimit -n` or dispose what is not used any more",
        [Errno.ENODEV] = "there is no such device, or it does not support this",
        [Errno.EOPNOTSUPP] = "this kernel or this device does not support it",
        [Errno.ENOTSUPP] = "this kernel does not support it",
        [Errno.EAGAIN] = "the kernel was interrupted; try again",
        [Errno.EBADF] = "the descriptor is of another kind or closed",
    };

    /// <summary>The hint for an error, "" if nothing better than its name is known.</summary>
    public static string For(Errno error) => error switch
    {
        _ when SyscallNumbers.Current is null => "eBPF needs Linux on x64 or arm64",
        Errno.EPERM or Errno.EACCES => Privilege(),
        _ => Fixed.GetValueOrDefault(error, ""),
    };

    /// <summary>Which privilege is missing.</summary>
    public static string Privilege() => Privilege(Capabilities.Current(), ReadLine("/proc/sys/kernel/unprivileged_bpf_disabled"), Lockdown());

    /// <summary>Which privilege is missing, given what the process has and how the kernel is set up.</summary>
    internal static string Privilege(Capabilities have, string unprivilegedSetting, string lockdown)
    {
        if (!have.Has(Capability.Bpf) && !have.Has(Capability.SysAdmin))
        {
            string locked = unprivilegedSetting is "1" or "2" ? " (kernel.unprivileged_bpf_disabled is set, so nothing works without it)" : "";
            return $"CAP_BPF is missing{locked}; run as root, or give the executable cap_bpf and cap_perfmon (and cap_net_admin for network programs) with setcap";
        }

        string[] missing = [.. Needed.Where(c => !have.Has(c) && !have.Has(Capability.SysAdmin)).Select(Capabilities.NameOf)];
        if (missing.Length > 0) return $"{string.Join(" or ", missing)} may be missing; run as root, or add it with setcap";
        return lockdown is "none" or ""
            ? "the kernel refuses it although the capabilities are there; a security module, a seccomp filter (containers have one) or the kernel's configuration forbids it"
            : $"the kernel refuses it although the capabilities are there; kernel lockdown is at '{lockdown}', or a security module or seccomp filter forbids it";
    }

    private static readonly Capability[] Needed = [Capability.PerfMon, Capability.NetAdmin];

    /// <summary>The selected lockdown mode: the one in brackets.</summary>
    private static string Lockdown()
    {
        string text = ReadLine("/sys/kernel/security/lockdown");
        int open = text.IndexOf('['), close = text.IndexOf(']', StringComparison.Ordinal);
        return open >= 0 && close > open ? text[(open + 1)..close] : "";
    }

    /// <summary>The file's first line, "" if it cannot be read.</summary>
    internal static string ReadLine(string path)
    {
        try
        {
            using StreamReader reader = new(path);
            return reader.ReadLine()?.Trim() ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
