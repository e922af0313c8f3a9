using System.Globalization;
using System.Runtime.InteropServices;

namespace BpfSharp.KernelTests.Runner;

/// <summary>A process that calls <c>getppid</c> as often as each line of its input says, from a thread of its own.</summary>
static partial class Caller
{
    public static int Run()
    {
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
        {
            int times = int.Parse(line, CultureInfo.InvariantCulture);
            Thread thread = new(() => Call(times));
            thread.Start();
            thread.Join();
            Console.WriteLine("called");
        }

        return 0;
    }

    /// <summary>Calls it in this thread.</summary>
    public static void Call(int times)
    {
        for (int i = 0; i < times; i++) _ = GetParent();
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParent();
}
