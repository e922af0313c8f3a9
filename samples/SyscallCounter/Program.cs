using System.Globalization;
using BpfSharp;
using Samples;

const string Help =
    """
    Counts system calls in the kernel and shows the processes that make the most, until Ctrl-C.

    usage: SyscallCounter [--seconds N] [--pid N]

      --seconds N   stop after N seconds
      --pid N       count only the process N
      --help        show this text

    It needs Linux 5.15 or newer and root (or CAP_BPF and CAP_PERFMON, with tracefs readable).
    """;

uint pid = 0;
return await new SampleCommand("SyscallCounter", Help)
    .Option("--pid", "the id of a running process", text => SampleCommand.TryProcess(text, out pid))
    .RunAsync(args, async stop =>
    {
        using SyscallCounter counter = SyscallCounter.Open(o => o.Constants.OnlyPid = pid).Load();
        using BpfLink link = counter.Programs.Count.Attach();
        Sampler sampler = new(counter);
        await Screen.ShowAsync(() => Table(sampler.Take(), counter.Globals.Dropped), stop);
    });

static ScreenTable Table(List<ProcessRate> rates, ulong dropped)
{
    string caption = $"{Screen.Number(rates.Sum(rate => rate.PerSecond))} calls/s in {rates.Count} processes"
        + (dropped > 0 ? $", {Screen.Number(dropped)} calls not counted: the map is full" : "");
    return new([">pid", "name", ">calls/s", ">total"],
        [.. rates.Select(rate => new[] { $"{rate.Pid}", rate.Name, Screen.Number(rate.PerSecond), Screen.Number(rate.Total) })], caption);
}
