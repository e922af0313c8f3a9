using System.Globalization;

namespace BpfSharp.Errors;

/// <summary>A kernel version, as far as features depend on it.</summary>
/// <param name="Major">The first number.</param>
/// <param name="Minor">The second number.</param>
/// <param name="Patch">The third number.</param>
internal readonly record struct KernelVersion(int Major, int Minor, int Patch) : IComparable<KernelVersion>
{
    private static readonly Lazy<KernelVersion> Current = new(() => Parse(ErrorHints.ReadLine("/proc/sys/kernel/osrelease")));

    /// <summary>The running kernel's version, 0.0 if it cannot be read.</summary>
    public static KernelVersion Running => Current.Value;

    /// <summary><c>LINUX_VERSION_CODE</c>.</summary>
    public uint Code => ((uint)Major << 16) | ((uint)Minor << 8) | (uint)Math.Min(Patch, 255);

    /// <summary>Reads "6.18.44-anything"; what is missing is 0.</summary>
    public static KernelVersion Parse(string text)
    {
        Span<int> parts = [0, 0, 0];
        ReadOnlySpan<char> rest = text;
        for (int i = 0; i < 3; i++)
        {
            int length = 0;
            while (length < rest.Length && char.IsAsciiDigit(rest[length])) length++;
            if (!int.TryParse(rest[..length], NumberStyles.None, CultureInfo.InvariantCulture, out parts[i])) break;
            if (length == rest.Length || rest[length] != '.') break;
            rest = rest[(length + 1)..];
        }

        return new(parts[0], parts[1], parts[2]);
    }

    /// <inheritdoc/>
    public int CompareTo(KernelVersion other) => (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));

    /// <summary>Whether a version came before another.</summary>
    public static bool operator <(KernelVersion left, KernelVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether a version came after another.</summary>
    public static bool operator >(KernelVersion left, KernelVersion right) => left.CompareTo(right) > 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Major}.{Minor}.{Patch}";
}
