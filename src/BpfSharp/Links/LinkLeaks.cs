using System.Diagnostics;
using System.Reflection;

namespace BpfSharp.Links;

/// <summary>
/// Finds links that nobody disposed. Where they were made is remembered in programs that were built for debugging, or are debugged, or ask for it with
/// <c>BPFSHARP_TRACK_LINKS=1</c> (0 turns it off): a stack trace costs far more than the link.
/// </summary>
internal static class LinkLeaks
{
    private static readonly bool Track = Environment.GetEnvironmentVariable("BPFSHARP_TRACK_LINKS") switch
    {
        "1" => true,
        "0" => false,
        _ => Debugger.IsAttached || IsDebugBuild(Assembly.GetEntryAssembly()),
    };

    /// <summary>Where the warnings go: standard error unless a test takes them.</summary>
    public static Action<string> Warn { get; set; } = Console.Error.WriteLine;

    /// <summary>The stack of the caller, null if links are not tracked.</summary>
    public static string? Capture() => Track || ForceTracking ? new StackTrace(2, fNeedFileInfo: true).ToString() : null;

    /// <summary>Whether a program was built with the Debug configuration.</summary>
    internal static bool IsDebugBuild(Assembly? program) => program?.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true };

    /// <summary>Turns tracking on for tests.</summary>
    public static bool ForceTracking { get; set; }

    /// <summary>Warns of a link that was finalised without having been disposed.</summary>
    public static void Report(string link, string stack) =>
        Warn($"BpfSharp: the {link} was never disposed and is detached now by the garbage collector; it was made at{Environment.NewLine}{stack}");
}
