using System.Globalization;
using System.Runtime.InteropServices;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Links;

/// <summary>Where in the kernel a kprobe sits: <c>function</c> or <c>function+0x10</c>.</summary>
/// <param name="Function">The function's name.</param>
/// <param name="Offset">Bytes from its start.</param>
internal readonly record struct KprobeTarget(string Function, ulong Offset)
{
    /// <summary>Reads a section's target; of system calls it makes the kernel's function.</summary>
    public static KprobeTarget Parse(string target, Hook hook)
    {
        if (hook.Prefix is "ksyscall" or "kretsyscall") return new(SystemCallPrefix + target, 0);
        int plus = target.IndexOf('+');
        if (plus < 0) return new(target, 0);
        ReadOnlySpan<char> text = target.AsSpan(plus + 1);
        bool hex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return ulong.TryParse(hex ? text[2..] : text, hex ? NumberStyles.HexNumber : NumberStyles.None, CultureInfo.InvariantCulture, out ulong offset)
            ? new(target[..plus], offset)
            : throw new BpfException($"'{target}' is no kernel function with an offset; write it as function+0x10");
    }

    private static string SystemCallPrefix => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "__arm64_sys_" : "__x64_sys_";
}
