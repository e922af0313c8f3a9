using System.Globalization;
using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Links;

/// <summary>The perf units of kprobes and uprobes (kernel 4.17), whose numbers sysfs gives.</summary>
internal static class ProbeUnits
{
    private const string Root = "/sys/bus/event_source/devices/";

    /// <summary>The unit's perf type, and the flag that makes a probe one of the return.</summary>
    /// <param name="unit"><c>kprobe</c> or <c>uprobe</c>.</param>
    /// <exception cref="BpfException">The kernel has no such probes.</exception>
    public static (uint Type, ulong ReturnFlag) Get(string unit)
    {
        string type = ErrorHints.ReadLine($"{Root}{unit}/type"), format = ErrorHints.ReadLine($"{Root}{unit}/format/retprobe");
        const string Prefix = "config:";
        if (uint.TryParse(type, NumberStyles.None, CultureInfo.InvariantCulture, out uint number)
            && format.StartsWith(Prefix, StringComparison.Ordinal)
            && int.TryParse(format.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int bit))
            return (number, 1UL << bit);
        string option = unit == "kprobe" ? "CONFIG_KPROBE_EVENTS" : "CONFIG_UPROBE_EVENTS";
        string other = unit == "kprobe" ? "use a tracepoint, or fentry where the kernel has it" : "use another kernel";
        throw new BpfException($"this kernel has no {unit}s ({Root}{unit} is missing; {option}), or /sys is not mounted; {other}",
            (int)Errno.ENOENT, nameof(Errno.ENOENT));
    }

    /// <summary>Why a probe could not be made.</summary>
    public static string? Hint(string unit, string target, Errno error) => (unit, error) switch
    {
        ("kprobe", Errno.ENOENT or Errno.EINVAL) => KernelFunctions.MissingHint(target),
        ("kprobe", Errno.EADDRNOTAVAIL) => $"'{target}' is a name of several functions; probe it by another one",
        ("uprobe", Errno.ENOENT) => $"there is no file {target}",
        ("uprobe", Errno.EINVAL) => "no instruction begins at this offset",
        _ => null,
    };
}
