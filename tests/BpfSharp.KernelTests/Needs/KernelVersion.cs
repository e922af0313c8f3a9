using System.Globalization;

namespace BpfSharp.KernelTests;

/// <summary>The version of the running kernel as docs write it: major and minor, "5.15".</summary>
public static class KernelVersion
{
    /// <summary>The release as uname(2) gives it, such as "6.12.95+deb12-cloud-amd64".</summary>
    public static string Release { get; } =
        OperatingSystem.IsLinux() ? File.ReadAllText("/proc/sys/kernel/osrelease").Trim() : Environment.OSVersion.VersionString;

    /// <summary>Major and minor number of the running kernel.</summary>
    public static Version Current { get; } = Parse(Release);

    /// <summary>Reads the first two numbers of a kernel release.</summary>
    public static Version Parse(string release)
    {
        string[] parts = release.Split('.', '-', '+', ' ');
        return parts.Length > 1
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minor)
            ? new Version(major, minor)
            : throw new FormatException($"'{release}' does not begin with a kernel version such as 5.15");
    }
}
