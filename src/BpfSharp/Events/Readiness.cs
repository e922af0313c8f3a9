using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Events;

/// <summary>
/// Waits for maps with events. Waiting in the caller's thread is <c>poll(2)</c>; waiting asynchronously is one epoll and one thread of
/// the whole process, made when it is first needed.
/// </summary>
internal static class Readiness
{
    private const short PollIn = 1;
    private const uint EpollIn = 1, OneShot = 1u << 30;
    private const int Add = 1, Delete = 2, CloseOnExec = 0x80000;
    private static readonly Lazy<int> Epoll = new(Start);
    private static readonly ConcurrentDictionary<long, TaskCompletionSource> Waiting = new();
    private static long _lastToken;

    /// <summary>Waits in this thread.</summary>
    public static bool Wait(BpfMap map, TimeSpan timeout) => Wait([map.Fd], map.What, timeout);

    /// <summary>Waits in this thread for any of several descriptors.</summary>
    public static unsafe bool Wait(ReadOnlySpan<int> descriptors, string what, TimeSpan timeout)
    {
        PollEntry* entries = stackalloc PollEntry[descriptors.Length];
        for (int i = 0; i < descriptors.Length; i++) entries[i] = new() { Fd = descriptors[i], Events = PollIn };
        long end = timeout < TimeSpan.Zero ? long.MaxValue : Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (true)
        {
            long left = end == long.MaxValue ? -1 : Math.Max(0, end - Environment.TickCount64);
            int result = Libc.Poll(entries, (nuint)descriptors.Length, (int)Math.Min(left, int.MaxValue));
            if (result > 0) return true;
            if (result == 0) return false;
            Errno error = Libc.LastError;
            if (error != Errno.EINTR) throw BpfError.Create((int)error, $"wait for {what}");
        }
    }

    /// <summary>Waits without a thread.</summary>
    public static async Task WaitAsync(BpfMap map, CancellationToken cancellationToken)
    {
        TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        long token = Interlocked.Increment(ref _lastToken);
        int epoll = Epoll.Value;
        // A copy of the descriptor belongs to this wait alone: several waits on one map, and a map that is disposed, do not meet.
        using BpfHandle copy = Duplicate(map);
        Waiting[token] = source;
        try
        {
            Control(epoll, Add, copy.Fd, token, map);
            using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
                static (state, cancelled) => ((TaskCompletionSource)state!).TrySetCanceled(cancelled), source);
            await source.Task.ConfigureAwait(false);
        }
        finally
        {
            Waiting.TryRemove(token, out _);
            Control(epoll, Delete, copy.Fd, token, map);
        }
    }

    private static BpfHandle Duplicate(BpfMap map)
    {
        const int DuplicateCloseOnExec = 1030;
        int fd = Libc.Fcntl(map.Fd, DuplicateCloseOnExec, 0);
        return fd >= 0 ? new BpfHandle(fd, map.What) : throw BpfError.Create((int)Libc.LastError, $"wait for {map.What}");
    }

    private static unsafe void Control(int epoll, int operation, int fd, long token, BpfMap map)
    {
        // struct epoll_event is packed on x64 and aligned elsewhere.
        bool packed = RuntimeInformation.ProcessArchitecture == Architecture.X64;
        byte* entry = stackalloc byte[16];
        *(uint*)entry = EpollIn | OneShot;
        *(long*)(entry + (packed ? 4 : 8)) = token;
        if (Libc.EpollControl(epoll, operation, fd, entry) < 0 && operation != Delete)
            throw BpfError.Create((int)Libc.LastError, $"wait for {map.What}");
    }

    private static int Start()
    {
        int epoll = BpfError.Check(Libc.EpollCreate(CloseOnExec) is var fd && fd >= 0 ? fd : -(int)Libc.LastError, "make an epoll");
        new Thread(() => Run(epoll)) { IsBackground = true, Name = "BpfSharp events" }.Start();
        return epoll;
    }

    private static unsafe void Run(int epoll)
    {
        int size = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
        byte* events = (byte*)NativeMemory.Alloc(64, 16);
        while (true)
        {
            int count = Libc.EpollWait(epoll, events, 64, -1);
            for (int i = 0; i < count; i++)
                if (Waiting.TryGetValue(*(long*)(events + (i * size) + size - 8), out TaskCompletionSource? source)) source.TrySetResult();
        }
    }

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        /// <summary>The descriptor.</summary>
        public int Fd;
        /// <summary>What to wait for.</summary>
        public short Events;
        /// <summary>What came.</summary>
        public short Returned;
    }
}
