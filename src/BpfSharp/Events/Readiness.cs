using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Maps;
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
    public static bool Wait(BpfMap map, TimeSpan timeout) => Wait(map, [map.Fd], timeout);

    /// <summary>Waits in this thread for any of several descriptors of a map.</summary>
    /// <exception cref="ObjectDisposedException">The map is disposed, or was by another thread meanwhile.</exception>
    public static unsafe bool Wait(BpfMap map, ReadOnlySpan<int> descriptors, TimeSpan timeout)
    {
        Signal closing = map.ClosingSignal;
        using BorrowedHandle open = new(map.Handle), watched = closing.Hold();
        PollEntry* entries = stackalloc PollEntry[descriptors.Length + 1];
        for (int i = 0; i < descriptors.Length; i++) entries[i] = new() { Fd = descriptors[i], Events = PollIn };
        entries[descriptors.Length] = new() { Fd = watched.Fd, Events = PollIn };
        long end = timeout < TimeSpan.Zero ? long.MaxValue : Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (true)
        {
            long left = end == long.MaxValue ? -1 : Math.Max(0, end - Environment.TickCount64);
            int result = Libc.Poll(entries, (nuint)descriptors.Length + 1, (int)Math.Min(left, int.MaxValue));
            ObjectDisposedException.ThrowIf(result > 0 && entries[descriptors.Length].Returned != 0, map);
            if (result > 0) return true;
            if (result == 0) return false;
            Errno error = Libc.LastError;
            if (error != Errno.EINTR) throw BpfError.Create((int)error, $"wait for {map.What}");
        }
    }

    /// <summary>Waits without a thread, until there is something, the wait is cancelled or the map is disposed.</summary>
    public static Task WaitAsync(BpfMap map, CancellationToken cancellationToken) => WaitAsync(map, null, null, cancellationToken);

    /// <summary>Waits so for any of several descriptors of a map.</summary>
    /// <param name="map">The map.</param>
    /// <param name="descriptors">What is waited for; null for the map itself.</param>
    /// <param name="isThere">Asked once they are watched, where what came before is not reported; null where it is.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task WaitAsync(BpfMap map, int[]? descriptors, Func<bool>? isThere, CancellationToken cancellationToken)
    {
        TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        long token = Interlocked.Increment(ref _lastToken);
        Epoll epoll = Events.Value;
        // Copies of the descriptors belong to this wait alone: several waits on one map, and a map that is disposed, do not meet.
        List<BpfHandle> copies = new(descriptors?.Length ?? 1);
        Waiting[token] = source;
        bool isHeld = false;
        try
        {
            // Until there are copies the map keeps its descriptor, whose number would be another file's if the map were disposed meanwhile.
            map.Handle.DangerousAddRef(ref isHeld);
            foreach (int descriptor in descriptors ?? [map.Fd]) copies.Add(Duplicate(descriptor, map));
            map.Handle.DangerousRelease();
            isHeld = false;
            foreach (BpfHandle copy in copies) epoll.Watch(copy.Fd, token, once: true, map.What);

            if (isThere?.Invoke() == true) return;
            using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
                static (state, cancelled) => ((TaskCompletionSource)state!).TrySetCanceled(cancelled), source);
            using CancellationTokenRegistration closing = map.WhenDisposed.UnsafeRegister(
                static state => ((TaskCompletionSource)state!).TrySetException(new ObjectDisposedException("the map that is read")), source);
            await source.Task.ConfigureAwait(false);
        }
        finally
        {
            if (isHeld) map.Handle.DangerousRelease();
            Waiting.TryRemove(token, out _);
            foreach (BpfHandle copy in copies)
            {
                epoll.Forget(copy.Fd);
                copy.Dispose();
            }
        }
    }

    private static BpfHandle Duplicate(int descriptor, BpfMap map)
    {
        const int DuplicateCloseOnExec = 1030;
        int fd = Libc.Fcntl(descriptor, DuplicateCloseOnExec, 0);
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
