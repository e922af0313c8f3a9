using System.Diagnostics;
using System.Globalization;
using BpfSharp;
using Samples;
using Spectre.Console;

const string Help =
    """
    Shows each file that a process opens, or tries to, as it happens, until Ctrl-C.

    usage: OpenSnoop [--seconds N] [--pid N] [--failed]

      --seconds N   stop after N seconds
      --pid N       only the process N
      --failed      only what could not be opened
      --help        show this text

    It needs Linux 5.15 or newer and root (or CAP_BPF and CAP_PERFMON, with tracefs readable).
    """;

uint pid = 0;
bool onlyFailed = false;
return await new SampleCommand("OpenSnoop", Help)
    .Option("--pid", "the id of a running process", text => SampleCommand.TryProcess(text, out pid))
    .Flag("--failed", () => onlyFailed = true)
    .RunAsync(args, async stop =>
    {
        using OpenSnoop snoop = OpenSnoop.Open(o => (o.Constants.OnlyPid, o.Constants.OnlyFailed) = (pid, onlyFailed)).Load();
        using BpfAttachment attachment = snoop.AttachAll();
        Console.WriteLine($"{"TIME",-12} {"PID",7} {"NAME",-15} {"RESULT",-8} PATH");
        await foreach (OpenEvent opened in snoop.Maps.Events.ReadAllAsync(stop)) Show(opened);
    });

static void Show(in OpenEvent opened)
{
    string result = opened.Result >= 0 ? $"fd {opened.Result}" : ErrorNames.Of(-opened.Result);
    string line = $"{TimeOf(opened.Nanoseconds):HH:mm:ss.fff} {opened.ProcessId,7} {opened.Command,-15} {result,-8} {opened.Path}";
    if (Console.IsOutputRedirected || opened.Result >= 0) Console.WriteLine(line);
    else AnsiConsole.MarkupLineInterpolated($"[red]{line}[/]");
}

// The kernel's clock counts from the start of the machine, as this one does.
static DateTime TimeOf(ulong nanoseconds) =>
    DateTime.Now - TimeSpan.FromSeconds((Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency) - (nanoseconds / 1e9));
