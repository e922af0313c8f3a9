using System.Globalization;

namespace BpfSharp.Links;

/// <summary>Operands of ARM64, without spaces.</summary>
internal static class Arm64Operands
{
    /// <summary>Reads an operand; null if it is in none of the forms.</summary>
    public static UsdtArgument? Parse(string text)
    {
        if (Register(text) is { } register) return new(UsdtArgumentKind.Register, 0, false, 0, register);
        if (!text.StartsWith('[') || !text.EndsWith(']'))
            return UsdtArguments.Number(text.TrimStart('#')) is { } constant ? new(UsdtArgumentKind.Constant, 0, false, constant) : null;
        string[] parts = text[1..^1].Split(',');
        if (Register(parts[0]) is not { } first) return null;
        if (parts.Length == 1) return new(UsdtArgumentKind.Memory, 0, false, 0, first);
        if (parts.Length == 2 && UsdtArguments.Number(parts[1].TrimStart('#')) is { } offset) return new(UsdtArgumentKind.Memory, 0, false, offset, first);
        // A second register in full: half of one would have to be extended first.
        if (parts.Length > 3 || !parts[1].StartsWith('x') || Register(parts[1]) is not { } second) return null;
        int scale = parts.Length == 2 ? 0
            : parts[2].StartsWith("lsl", StringComparison.Ordinal) && UsdtArguments.Number(parts[2][3..].TrimStart('#')) is >= 0 and <= 4 and { } shift ? (int)shift : -1;
        return scale < 0 ? null : new(UsdtArgumentKind.ScaledMemory, 0, false, 0, first, second, scale);
    }

    /// <summary>Where <c>struct user_pt_regs</c> has a register: 31 words of eight bytes, then the stack pointer.</summary>
    private static int? Register(string name) =>
        name == "sp" ? 248
        : name.Length is 2 or 3 && name[0] is 'x' or 'w' && int.TryParse(name.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= 30 ? number * 8
        : null;
}
