using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests;

/// <summary>The kernel that runs the tests.</summary>
static class ThisKernel
{
    /// <summary>The release as uname(2) gives it, such as "6.12.95+deb12-cloud-amd64".</summary>
    public static string Release { get; } =
        OperatingSystem.IsLinux() ? File.ReadAllText("/proc/sys/kernel/osrelease").Trim() : Environment.OSVersion.VersionString;

    /// <summary>Its version; 0.0 where there is no Linux.</summary>
    public static KernelVersion Version { get; } = KernelVersion.TryParse(Release, out KernelVersion version) ? version : default;
}
