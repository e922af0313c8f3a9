using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using BpfSharp.KernelTests.Raw;

namespace BpfSharp.KernelTests;

/// <summary>Runs something with less than all rights, on a thread of its own: capabilities belong to threads.</summary>
static partial class Capabilities
{
    const uint Version3 = 0x20080522;

    /// <summary>Runs an action without some capabilities in effect.</summary>
    public static void RunWithout(int[] capabilities, Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Drop(capabilities);
                action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    static unsafe void Drop(int[] capabilities)
    {
        // struct __user_cap_header_struct and two __user_cap_data_struct: effective, permitted, inheritable of 32 capabilities each.
        uint* header = stackalloc uint[2] { Version3, 0 };
        uint* sets = stackalloc uint[6];
        if (Call(Libc.NumberOf(125, 90), header, sets) != 0) throw new InvalidOperationException($"capget: error {Marshal.GetLastPInvokeError()}");
        foreach (int capability in capabilities) sets[capability / 32 * 3] &= ~(1u << (capability % 32));
        if (Call(Libc.NumberOf(126, 91), header, sets) != 0) throw new InvalidOperationException($"capset: error {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial nint Call(nint number, void* header, void* sets);
}
