using System.Globalization;
using BpfSharp;
using Samples;

const string Help =
    """
    Measures how long threads that could run wait for a processor, until Ctrl-C, and shows histograms.

    usage: RunQueueLatency [--seconds N] [--pid N] [--processes]

      --seconds N    stop after N seconds
      --pid N        only the process N
      --processes    a histogram for each process
      --help         show this text

    It needs Linux 5.15 or newer and root (or CAP_BPF and CAP_PERFMON).
    """;

uint pid = 0;
bool each = false;
return await new SampleCommand("RunQueueLatency", Help)
    .Option("--pid", "the id of a running process", text => SampleCommand.TryProcess(text, out pid))
    .Flag("--processes", () => each = true)
    .RunAsync(args, async stop =>
    {
        using RunQueueLatency latency = RunQueueLatency.Open(o => o.Constants.OnlyPid = pid).Load();
        using BpfAttachment attachment = latency.AttachAll();
        Console.WriteLine("measuring …");
        await Task.Delay(Timeout.InfiniteTimeSpan, stop).ContinueWith(static _ => { }, TaskScheduler.Default);
        Histograms.Write(latency, each);
    });
