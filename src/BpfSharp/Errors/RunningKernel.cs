using BpfSharp.Objects.Kernel;

namespace BpfSharp.Errors;

/// <summary>The kernel that runs this process.</summary>
internal static class RunningKernel
{
    /// <summary>Its version, as <c>uname(2)</c> gives it.</summary>
    public static KernelVersion Version { get; } = Read();

    private static KernelVersion Read()
    {
        Version version = Environment.OSVersion.Version;
        return new(version.Major, version.Minor, Math.Max(version.Build, 0));
    }
}
