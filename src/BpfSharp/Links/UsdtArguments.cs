using System.Globalization;
using System.Text;

namespace BpfSharp.Links;

/// <summary>Where an argument of a static probe is.</summary>
internal enum UsdtArgumentKind : byte
{
    /// <summary>The constant itself.</summary>
    Constant,
    /// <summary>In a register.</summary>
    Register,
    /// <summary>In memory, at a register and a displacement.</summary>
    Memory,
    /// <summary>In memory, at a register, a second one that is scaled, and a displacement.</summary>
    ScaledMemory,
}

/// <summary>One argument of a static probe.</summary>
/// <param name="Kind">Where it is.</param>
/// <param name="Size">Its bytes: 1, 2, 4 or 8.</param>
/// <param name="IsSigned">Whether it is signed.</param>
/// <param name="Constant">The constant, or the displacement.</param>
/// <param name="Register">Where the register is in <c>struct pt_regs</c>, in bytes.</param>
/// <param name="Second">Where the second register is, in bytes.</param>
/// <param name="Scale">By how many bits the second register is shifted.</param>
internal readonly record struct UsdtArgument(UsdtArgumentKind Kind, int Size, bool IsSigned, long Constant = 0, int Register = 0, int Second = 0, int Scale = 0);

/// <summary>
/// Reads what a note says of a probe's arguments: for each, its size (negative for signed ones), <c>@</c>, and the operand as the assembler of the program's
/// architecture writes it. That may have spaces in it (<c>[sp, 8]</c>).
/// </summary>
internal static class UsdtArguments
{
    /// <summary>The most that the kernel's side has room for, and that <c>sys/sdt.h</c> makes.</summary>
    public const int Most = 12;

    /// <summary>The arguments of a place.</summary>
    /// <exception cref="BpfException">An argument is in a form that is not known; the message names it.</exception>
    public static UsdtArgument[] Parse(UsdtSite site)
    {
        List<UsdtArgument> arguments = [];
        foreach (string text in Split(site.Place.Arguments))
        {
            if (arguments.Count == Most) throw new BpfException($"a static probe has more than {Most} arguments: {site.Place.Arguments}");
            arguments.Add(ParseOne(text, site) ?? throw new BpfException(
                $"argument {arguments.Count} of a static probe, '{text}', is in a form that is not known ({site.Place.Arguments})"
                + (text.Contains('f', StringComparison.Ordinal) && text.IndexOf('f', StringComparison.Ordinal) < text.IndexOf('@', StringComparison.Ordinal) ? "; floating-point numbers cannot be read by programs" : "")));
        }

        return [.. arguments];
    }

    private static UsdtArgument? ParseOne(string text, UsdtSite site)
    {
        int at = text.IndexOf('@', StringComparison.Ordinal);
        if (at < 1 || !int.TryParse(text.AsSpan(0, at), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int size) || Math.Abs(size) is not (1 or 2 or 4 or 8)) return null;
        string operand = text[(at + 1)..];
        UsdtArgument? found = site.IsArm64 ? Arm64Operands.Parse(operand) : X64Operands.Parse(operand, site);
        return found is { } argument ? argument with { Size = Math.Abs(size), IsSigned = size < 0 } : null;
    }

    /// <summary>Splits at spaces that are not within brackets.</summary>
    private static List<string> Split(string text)
    {
        List<string> parts = [];
        StringBuilder part = new();
        int depth = 0;
        foreach (char c in text)
        {
            depth += c is '(' or '[' ? 1 : c is ')' or ']' ? -1 : 0;
            if (c != ' ') part.Append(c);
            else if (depth <= 0 && part.Length > 0)
            {
                parts.Add(part.ToString());
                part.Clear();
            }
        }

        if (part.Length > 0) parts.Add(part.ToString());
        return parts;
    }

    /// <summary>A number as assemblers write it, null if it is none.</summary>
    public static long? Number(string text)
    {
        string digits = text.TrimStart('-');
        if (text.Length - digits.Length > 1) return null;
        bool read = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        return !read ? null : text.Length > digits.Length ? -(long)value : (long)value;
    }
}
