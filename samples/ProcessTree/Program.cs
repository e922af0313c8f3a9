using System.Globalization;
using System.Text;
using BpfSharp;
using BpfSharp.Kernel;
using Samples;

const string Help =
    """
    Shows each program that is started, with the processes above it, until Ctrl-C.

    usage: ProcessTree [--seconds N]

    It needs Linux 5.10 or newer with BTF, and root (or CAP_BPF and CAP_PERFMON).
    """;

double seconds = 0;
if (args is ["--help" or "-h"])
{
    Console.WriteLine(Help);
    return 0;
}
if (args.Length > 0 && !(args is ["--seconds", var value] && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out seconds) && seconds is > 0 and < 1e6))
{
    Console.Error.WriteLine("ProcessTree: unknown arguments; see --help");
    return 2;
}

using var stop = new CancellationTokenSource();
if (seconds > 0) stop.CancelAfter(TimeSpan.FromSeconds(seconds));
Console.CancelKeyPress += (_, e) => stop.CancelWith(e);
try
{
    using ProcessTree tree = ProcessTree.Load();
    using BpfAttachment attached = tree.AttachAll();
    Console.WriteLine("Tracing.");
    try
    {
        await foreach (Started e in tree.Maps.Events.ReadAllAsync(stop.Token)) Console.WriteLine(Describe(e));
    }
    catch (OperationCanceledException)
    {
        // The end that was asked for.
    }
    if (tree.Globals.Lost > 0) Console.Error.WriteLine($"ProcessTree: {tree.Globals.Lost} events lost");
    return 0;
}
catch (BpfException exception)
{
    Console.Error.WriteLine($"ProcessTree: {exception.Message}");
    return 1;
}

static string Describe(in Started e)
{
    var line = new StringBuilder();
    for (int i = e.Depth - 1; i >= 0; i--) line.Append(CultureInfo.InvariantCulture, $"{Text(e.Ancestors[i].Name)}({e.Ancestors[i].ProcessId}) > ");
    return line.Append(CultureInfo.InvariantCulture, $"{Text(e.Name)}({e.ProcessId}) {Text(e.Path)}").ToString();
}

static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..Math.Max(bytes.IndexOf((byte)0), 0)]);

internal static class Stopping
{
    /// <summary>The process ends by itself, with what it attached detached.</summary>
    public static void CancelWith(this CancellationTokenSource source, ConsoleCancelEventArgs e)
    {
        e.Cancel = true;
        source.Cancel();
    }
}
