using System.Globalization;

namespace BpfSharp.Objects.Kernel;

/// <summary>A version of Linux. Versions compare by major, then minor, then patch number.</summary>
/// <param name="Major">The first number.</param>
/// <param name="Minor">The second number.</param>
/// <param name="Patch">The third number, 0 where it does not matter.</param>
public readonly record struct KernelVersion(int Major, int Minor, int Patch = 0) : IComparable<KernelVersion>
{
    /// <summary>The oldest kernel that programs support unless <c>BpfMinimumKernel</c> says otherwise: 5.15.</summary>
    public static KernelVersion DefaultMinimum => new(5, 15);

    /// <summary>Reads a version as the kernel (<c>6.1.0-13-amd64</c>) or a project file (<c>5.15</c>) writes it; a leading <c>v</c> may stand before it.</summary>
    /// <exception cref="FormatException">The text is no version.</exception>
    public static KernelVersion Parse(string text) =>
        TryParse(text, out KernelVersion version) ? version : throw new FormatException($"'{text}' is no kernel version, such as 5.15 or 6.1.2.");

    /// <summary>As <see cref="Parse"/>, without an exception.</summary>
    /// <returns>Whether the text is a version.</returns>
    public static bool TryParse(string? text, out KernelVersion version)
    {
        version = default;
        if (text is null)
            return false;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (!rest.IsEmpty && rest[0] == 'v')
            rest = rest.Slice(1);
        if (!Number(ref rest, out int major) || rest.IsEmpty || rest[0] != '.')
            return false;
        rest = rest.Slice(1);
        if (!Number(ref rest, out int minor))
            return false;
        int patch = 0;
        if (!rest.IsEmpty && rest[0] == '.')
        {
            rest = rest.Slice(1);
            if (!Number(ref rest, out patch))
                return false;
        }
        // A distribution's suffix: 6.1.0-13-amd64, 5.15.0+, 6.19.0_rc1, 6.1rc2.
        if (!rest.IsEmpty && rest[0] == '.')
            return false;
        version = new KernelVersion(major, minor, patch);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(KernelVersion other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    /// <summary>Whether <paramref name="left"/> is older.</summary>
    public static bool operator <(KernelVersion left, KernelVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> is newer.</summary>
    public static bool operator >(KernelVersion left, KernelVersion right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> is not newer.</summary>
    public static bool operator <=(KernelVersion left, KernelVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> is not older.</summary>
    public static bool operator >=(KernelVersion left, KernelVersion right) => left.CompareTo(right) >= 0;

    /// <summary>The newer of two versions.</summary>
    public static KernelVersion Max(KernelVersion left, KernelVersion right) => left >= right ? left : right;

    /// <summary>The kernel's <c>LINUX_VERSION_CODE</c>; patch numbers above 255 count as 255.</summary>
    public uint Code => ((uint)Major << 16) | ((uint)Minor << 8) | (uint)Math.Min(Patch, 255);

    /// <summary>Such as <c>5.15</c> or <c>6.1.2</c>.</summary>
    public override string ToString() => Patch == 0 ? $"{Major}.{Minor}" : $"{Major}.{Minor}.{Patch}";

    private static bool Number(ref ReadOnlySpan<char> text, out int value)
    {
        int length = 0;
        while (length < text.Length && text[length] is >= '0' and <= '9')
            length++;
        bool ok = int.TryParse(text.Slice(0, length).ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out value);
        text = text.Slice(length);
        return ok;
    }
}
