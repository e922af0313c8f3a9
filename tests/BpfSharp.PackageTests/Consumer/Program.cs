using System.Diagnostics;
using System.Runtime.InteropServices;
using BpfSharp;
using Consumer;

// dd N: the system calls of `dd` copying N single bytes, which makes one read and one write of each. own N: N calls of one that nothing else makes.
uint times = uint.Parse(args[1], null);
return args[0] == "dd" ? CountOfCopy(times) : CountOfOwnCalls(times);

static int CountOfCopy(uint bytes)
{
    // The shell waits to become dd until it is being counted.
    using Process child = Process.Start(new ProcessStartInfo("sh", ["-c", $"read go; exec dd if=/dev/zero of=/dev/null bs=1 count={bytes} status=none"])
    {
        RedirectStandardInput = true,
    })!;
    using Counter counter = Counter.Open(o => o.Constants.OnlyPid = (uint)child.Id).Load();
    using BpfAttachment attachment = counter.AttachAll();
    child.StandardInput.WriteLine("go");
    child.StandardInput.Close();
    child.WaitForExit();
    foreach ((uint pid, ulong count) in counter.Maps.Counts) Console.WriteLine($"{(pid == child.Id ? "dd" : "other")} {count}");
    Console.WriteLine($"dropped {counter.Globals.Dropped}");
    return child.ExitCode;
}

static int CountOfOwnCalls(uint times)
{
    const int RoundRobin = 2;
    long number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 125 : 146;
    using Counter counter = Counter.Open(o =>
    {
        o.Constants.OnlyPid = (uint)Environment.ProcessId;
        o.Constants.Number = number;
    }).Load();
    using BpfLink link = counter.Programs.Count.Attach();
    for (uint i = 0; i < times; i++) _ = Native.SchedGetPriorityMax(RoundRobin);
    Console.WriteLine($"matching {counter.Globals.Matching}");
    return 0;
}

internal static class Native
{
#pragma warning disable SYSLIB1054 // LibraryImport needs AllowUnsafeBlocks, and the consumer is to be as plain as it can be.
    [DllImport("libc", EntryPoint = "sched_get_priority_max")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static extern int SchedGetPriorityMax(int policy);
#pragma warning restore SYSLIB1054
}
