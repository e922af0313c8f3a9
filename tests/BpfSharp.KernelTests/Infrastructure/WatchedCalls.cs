using System.ComponentModel;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using BpfSharp.KernelTests.Raw;
using Microsoft.Win32.SafeHandles;

namespace BpfSharp.KernelTests;

/// <summary>
/// Runs something in a thread of its own whose calls of bpf(2) are shown to the test before the kernel does them (seccomp's user notification, kernel 5.5): what happens
/// between two calls is the test's choice, and so is the answer of a kernel that does not have a command.
/// </summary>
static unsafe class WatchedCalls
{
    /// <summary>Sees a call; the answer (<c>-errno</c>), or null to leave the call to the kernel.</summary>
    public delegate int? Watcher(BpfCommand command, nint attributes);

    // No command of the kernel's: says that the action has ended.
    const uint End = 0x7fff_0000;

    public static void Run(Action action, Watcher watch)
    {
        using SemaphoreSlim filtered = new(0);
        SafeFileHandle? calls = null;
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                calls = Filter();
            }
            catch (Exception e)
            {
                failure ??= e;
            }

            filtered.Release();
            if (calls is null) return;
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure ??= e;
            }

            _ = Libc.Bpf(Libc.NumberOf(321, 280), unchecked((int)End), null, 0);
        });
        thread.Start();
        filtered.Wait();
        if (calls is not null) using (calls) Answer(calls, watch, ref failure);
        thread.Join();
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
    }

    static void Answer(SafeFileHandle calls, Watcher watch, ref Exception? failure)
    {
        const uint Receive = 0xc050_2100, Send = 0xc018_2101, Continue = 1;
        while (true)
        {
            Notification call = default;
            if (Libc.ioctl(calls, Receive, &call) < 0)
            {
                if (Marshal.GetLastPInvokeError() is Errno.EINTR or Errno.ENOENT) continue;
                throw new Win32Exception(Marshal.GetLastPInvokeError(), "receive a call");
            }

            bool end = call.Command == End;
            int? result = -Errno.ENOSYS;
            if (!end)
            {
                try
                {
                    result = watch((BpfCommand)call.Command, (nint)call.Attributes);
                }
                catch (Exception e)
                {
                    failure ??= e;
                }
            }

            Response response = new() { Id = call.Id, Error = result ?? 0, Flags = result is null ? Continue : 0 };
            // A call that a signal interrupted meanwhile (ENOENT) comes again.
            bool answered = Libc.ioctl(calls, Send, &response) == 0;
            if (end && answered) return;
        }
    }

    /// <summary>Filters this thread's calls from now on.</summary>
    static SafeFileHandle Filter()
    {
        const uint NewFilter = 1, Listener = 8;
        // The number of the call is the first word of what a filter sees.
        Instruction* program = stackalloc Instruction[]
        {
            new(0x20, 0, 0, 0),
            new(0x15, 0, 1, (uint)Libc.NumberOf(321, 280)),
            new(0x06, 0, 0, 0x7fc0_0000),
            new(0x06, 0, 0, 0x7fff_0000),
        };
        FilterProgram filter = new() { Length = 4, Instructions = program };
        int fd = (int)Libc.Seccomp(Libc.NumberOf(317, 277), NewFilter, Listener, &filter);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw new Win32Exception(Marshal.GetLastPInvokeError(), "seccomp");
    }

    /// <summary><c>struct sock_filter</c>.</summary>
    readonly record struct Instruction(ushort Code, byte True, byte False, uint Operand);

    /// <summary><c>struct sock_fprog</c>.</summary>
    struct FilterProgram
    {
        public ushort Length;
        public Instruction* Instructions;
    }

    /// <summary><c>struct seccomp_notif</c>; the first arguments are bpf(2)'s.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 80)]
    struct Notification
    {
        [FieldOffset(0)]
        public ulong Id;
        [FieldOffset(32)]
        public ulong Command;
        [FieldOffset(40)]
        public ulong Attributes;
    }

    /// <summary><c>struct seccomp_notif_resp</c>.</summary>
    struct Response
    {
        public ulong Id;
        public long Value;
        public int Error;
        public uint Flags;
    }
}
