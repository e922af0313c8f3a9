using System.Diagnostics;

namespace BpfSharp.Links;

/// <summary>
/// Finds links that nobody disposed. Where they were made is remembered only if somebody wants to know, because a stack trace
/// costs far more than the link.
/// </summary>
internal static class LinkLeaks
{
    private static readonly bool Track = Debugger.IsAttached || Environment.GetEnvironmentVariable("BPFSHARP_TRACK_LINKS") == "1";

    /// <summary>Where the warnings go: standard error unless a test takes them.</summary>
    public static Action<string> Warn { get; set; } = Console.Error.WriteLine;

    /// <summary>The stack of the caller, null if links are not tracked.</summary>
    public static string? Capture() => Track || ForceTracking ? new StackTrace(2, fNeedFileInfo: true).ToString() : null;

    /// <summary>Turns tracking on for tests.</summary>
    public static bool ForceTracking { get; set; }

    /// <summary>Warns of a link that was finalised without having been disposed.</summary>
    public static void Report(string link, string stack) =>
        Warn($"BpfSharp: the {link} was never disposed and is detached now by the garbage collector; it was made at{Environment.NewLine}{stack}");
}
