using BpfSharp.Objects.Kernel;

namespace BpfSharp.Errors;

/// <summary>The kernel that runs this process.</summary>
internal static class RunningKernel
{
    /// <summary>Its version, as <c>uname(2)</c> gives it.</summary>
    public static KernelVersion Version { get; } = Read();

    /// <summary>Its release with everything that its builder adds: <c>6.12.48+deb13-cloud-amd64</c>.</summary>
    public static string Release { get; } = ReadRelease();

    private static string ReadRelease()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Version.ToString();
        }
    }

    private static KernelVersion Read()
    {
        Version version = Environment.OSVersion.Version;
        return new(version.Major, version.Minor, Math.Max(version.Build, 0));
    }
}
