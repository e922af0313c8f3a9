using System.Globalization;
using BpfSharp;
using Samples;

const string Help =
    """
    Samples what the processors run, with the call stacks of kernel and process, until Ctrl-C; then shows where the time went.

    usage: CpuProfiler [--seconds N] [--pid N] [--frequency N] [--folded FILE] [--svg FILE]

      --seconds N     stop after N seconds
      --pid N         only the process N
      --frequency N   samples a second and processor, 99 unless set
      --folded FILE   write the stacks, one a line with its count, as flame graph tools read them
      --svg FILE      write a flame graph that a browser opens
      --help          show this text

    For the names of .NET methods, run the process with DOTNET_PerfMapEnabled=1.
    It needs Linux 5.15 or newer and root (or CAP_BPF and CAP_PERFMON, and CAP_SYSLOG for the kernel's names).
    """;

uint pid = 0;
int frequency = 99;
string folded = "", svg = "";
return await new SampleCommand("CpuProfiler", Help)
    .Option("--pid", "the id of a running process", text => SampleCommand.TryProcess(text, out pid))
    .Option("--frequency", "a number from 1 to 10000", text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out frequency) && frequency is > 0 and <= 10_000)
    .Option("--folded", "a file", text => (folded = text).Length > 0)
    .Option("--svg", "a file", text => (svg = text).Length > 0)
    .RunAsync(args, async stop =>
    {
        // Opened before anything is sampled: what cannot be written is said at once.
        await using StreamWriter? stacksFile = folded.Length > 0 ? new StreamWriter(folded) : null, graphFile = svg.Length > 0 ? new StreamWriter(svg) : null;
        using CpuProfiler profiler = CpuProfiler.Open(o => o.Constants.OnlyPid = pid).Load();
        var profile = new Profile(profiler);
        using (BpfLinks links = profiler.Programs.Take.AttachPerfEvent(BpfPerfEvent.CpuClock(frequency)))
        {
            Console.WriteLine($"sampling {frequency} times a second …");
            await profile.CollectAsync(stop);
        }

        List<FoldedStack> stacks = profile.Stacks();
        Screen.Write(Profile.Table(stacks));
        foreach (FoldedStack stack in stacks) stacksFile?.WriteLine(stack);
        graphFile?.Write(FlameGraph.Draw(stacks));
    });
