using System.Runtime.InteropServices;

namespace BpfSharp.KernelTests.Runner;

/// <summary>
/// An owner of a map and a link that has forked without executing, and waits to be killed. The child must run nothing of .NET, whose memory for code it shares with
/// the parent: it stays in <c>fork</c>, where the C library calls the handler that waits for a signal.
/// </summary>
static unsafe partial class ForkingOwner
{
    /// <summary>Says the child's number and the ids of the map and the program, and never returns.</summary>
    public static int Run()
    {
        BpfObject loaded = Holder.Counter().Load();
        BpfLink link = loaded.Program("count").Attach();
        nint library = NativeLibrary.Load("libc.so.6");
        if (RegisterForkHandlers(0, 0, NativeLibrary.GetExport(library, "pause"), 0) != 0) return 1;
        int child = Fork();
        Console.WriteLine($"ready {child} {loaded.Map("counts").Info.Id} {loaded.Program("count").Info.Id}");
        Thread.Sleep(Timeout.Infinite);
        GC.KeepAlive((loaded, link));
        return 0;
    }

    [LibraryImport("libc", EntryPoint = "__register_atfork")]
    private static partial int RegisterForkHandlers(nint before, nint inParent, nint inChild, nint library);

    [LibraryImport("libc", EntryPoint = "fork")]
    private static partial int Fork();
}
