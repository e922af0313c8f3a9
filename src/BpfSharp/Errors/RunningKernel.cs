using BpfSharp.Objects.Kernel;

namespace BpfSharp.Errors;

/// <summary>The kernel that runs this process.</summary>
internal static class RunningKernel
{
    private static readonly Lazy<KernelVersion> Current = new(() =>
        KernelVersion.TryParse(ErrorHints.ReadLine("/proc/sys/kernel/osrelease"), out KernelVersion version) ? version : default);

    /// <summary>Its version, 0.0 if it cannot be read.</summary>
    public static KernelVersion Version => Current.Value;
}
