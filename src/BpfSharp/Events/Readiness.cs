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
    private static readonly Lazy<Epoll> Events = new(Start);
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

    /// <summary>Waits without a thread, until there is something, the wait is cancelled or the map is disposed.</summary>
    public static async Task WaitAsync(BpfMap map, CancellationToken cancellationToken)
    {
        TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        long token = Interlocked.Increment(ref _lastToken);
        Epoll epoll = Events.Value;
        // A copy of the descriptor belongs to this wait alone: several waits on one map, and a map that is disposed, do not meet.
        using BpfHandle copy = Duplicate(map);
        Waiting[token] = source;
        try
        {
            epoll.Watch(copy.Fd, token, once: true, map.What);
            using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
                static (state, cancelled) => ((TaskCompletionSource)state!).TrySetCanceled(cancelled), source);
            using CancellationTokenRegistration closing = map.WhenDisposed.UnsafeRegister(
                static state => ((TaskCompletionSource)state!).TrySetException(new ObjectDisposedException("the map that is read")), source);
            await source.Task.ConfigureAwait(false);
        }
        finally
        {
            Waiting.TryRemove(token, out _);
            epoll.Forget(copy.Fd);
        }
    }

    private static BpfHandle Duplicate(BpfMap map)
    {
        const int DuplicateCloseOnExec = 1030;
        int fd = Libc.Fcntl(map.Fd, DuplicateCloseOnExec, 0);
        return fd >= 0 ? new BpfHandle(fd, map.What) : throw BpfError.Create((int)Libc.LastError, $"wait for {map.What}");
    }

    private static Epoll Start()
    {
        Epoll epoll = new();
        new Thread(() => Run(epoll)) { IsBackground = true, Name = "BpfSharp events" }.Start();
        return epoll;
    }

    private static void Run(Epoll epoll)
    {
        Span<long> tokens = stackalloc long[64];
        while (true)
        {
            int count = epoll.Wait(tokens, -1);
            foreach (long token in tokens[..count])
                if (Waiting.TryGetValue(token, out TaskCompletionSource? source)) source.TrySetResult();
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
