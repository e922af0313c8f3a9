using System.Runtime.InteropServices;
using BpfSharp;
using Samples;

if (!Options.TryParse(args, out Options options, out string? problem))
{
    Console.Error.WriteLine($"SyscallCounter: {problem}; see --help");
    return 2;
}

if (options.Help)
{
    Console.WriteLine(Options.HelpText);
    return 0;
}

using var stop = new CancellationTokenSource();
if (options.Seconds is { } seconds) stop.CancelAfter(TimeSpan.FromSeconds(seconds));
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    using SyscallCounter counter = SyscallCounter.Open(o => o.Constants.OnlyPid = options.Pid).Load();
    using BpfLink link = counter.Programs.Count.Attach();
    await Screen.ShowAsync(counter, stop.Token);
    return 0;
}
catch (BpfException exception)
{
    // One line that says what is missing and what to do.
    Console.Error.WriteLine($"SyscallCounter: {exception.Message}");
    return 1;
}

void Stop(PosixSignalContext signal)
{
    // The process ends by itself, with what it attached detached.
    signal.Cancel = true;
    stop.Cancel();
}
