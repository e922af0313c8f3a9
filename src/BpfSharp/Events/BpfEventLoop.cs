using BpfSharp.Events;
using BpfSharp.Maps;

namespace BpfSharp;

/// <summary>
/// Reads several ring and perf buffers in one thread: one system call waits for all of them, and each record goes to its buffer's handler. Add all
/// buffers first; then one thread at a time calls <see cref="Consume"/>, <see cref="Poll"/> or <see cref="Run"/>. Reading allocates nothing.
/// </summary>
/// <remarks>
/// The loop must not outlive its maps: reading one that is disposed is an <see cref="ObjectDisposedException"/>. The loop itself may be disposed by any thread; one that waits in it
/// ends with that exception. A buffer that is added twice is an <see cref="InvalidOperationException"/>.
/// </remarks>
public sealed class BpfEventLoop : IDisposable
{
    private const long Cancelled = -1, Disposed = -2;
    private readonly Epoll _epoll = new();
    private readonly Signal _end = new();
    private readonly List<Func<int>> _sources = [];
    private readonly List<(BpfPerfEventArray Buffer, int Source)> _perfBuffers = [];
    private volatile bool _disposed;

    /// <summary>Makes a loop without buffers.</summary>
    public BpfEventLoop() => _epoll.Watch(_end.Fd, Disposed, once: false, "the loop's end");

    /// <summary>Reads a ring buffer of one type of record.</summary>
    /// <typeparam name="T">The record.</typeparam>
    public void Add<T>(BpfRingBuffer<T> ring, BpfRecordHandler<T> handler)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(ring);
        ArgumentNullException.ThrowIfNull(handler);
        Add([ring.Fd], ring, () => ring.Consume(handler));
    }

    /// <summary>Reads a ring buffer with records of any size.</summary>
    public void Add(BpfRingBuffer ring, BpfRecordHandler handler)
    {
        ArgumentNullException.ThrowIfNull(ring);
        ArgumentNullException.ThrowIfNull(handler);
        Add([ring.Fd], ring, () => ring.Consume(handler));
    }

    /// <summary>Reads a perf buffer, the rings of all CPUs.</summary>
    public void Add(BpfPerfEventArray buffer, BpfPerfRecordHandler handler)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentNullException.ThrowIfNull(handler);
        AddPerfBuffer(buffer, () => buffer.Consume(handler));
    }

    /// <summary>Reads a perf buffer of one type of record, the rings of all CPUs.</summary>
    /// <typeparam name="T">The record.</typeparam>
    public void Add<T>(BpfPerfEventArray<T> buffer, BpfPerfRecordHandler<T> handler)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentNullException.ThrowIfNull(handler);
        AddPerfBuffer(buffer, () => buffer.Consume(handler));
    }

    /// <summary>Reads what is in all buffers now, without waiting.</summary>
    /// <returns>How many records there were.</returns>
    public int Consume()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        int count = 0;
        foreach (Func<int> source in _sources) count += source();
        return count;
    }

    /// <summary>Waits until a buffer has records and reads those that have some.</summary>
    /// <param name="timeout">How long to wait at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <returns>How many records there were, 0 when the time is over.</returns>
    public int Poll(TimeSpan timeout)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Read(timeout < TimeSpan.Zero ? -1 : (int)Math.Min(Math.Ceiling(timeout.TotalMilliseconds), int.MaxValue), out _);
    }

    /// <summary>Reads records as they come until cancelled, and once more then, so that nothing that was written before stays unread.</summary>
    /// <returns>How many records there were.</returns>
    public long Run(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using BorrowedHandle epoll = _epoll.Hold();
        using Signal wakeUp = new();
        _epoll.Watch(wakeUp.Fd, Cancelled, once: false, "cancellation");
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static state => ((Signal)state!).Set(), wakeUp);
        long count = 0;
        try
        {
            bool cancelled = cancellationToken.IsCancellationRequested;
            while (!cancelled) count += Read(-1, out cancelled);
            return count + Consume();
        }
        finally
        {
            if (!_disposed) _epoll.Forget(wakeUp.Fd);
        }
    }

    /// <summary>Closes the loop, and ends the wait of a thread that is in it; the maps stay open.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true)) return;
        _end.Set();
        _end.Dispose();
        _epoll.Dispose();
    }

    private void AddPerfBuffer(BpfPerfEventArray buffer, Func<int> source)
    {
        Add(buffer.Descriptors, buffer, source);
        _perfBuffers.Add((buffer, _sources.Count - 1));
    }

    private void Add(IEnumerable<int> descriptors, BpfMap map, Func<int> source)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        foreach (int fd in descriptors) _epoll.Watch(fd, _sources.Count, once: false, map.What);
        _sources.Add(source);
    }

    private int Read(int milliseconds, out bool cancelled)
    {
        // Open until the wait is over, so that a thread that disposes the loop meanwhile ends it.
        using BorrowedHandle epoll = _epoll.Hold(), end = _end.Hold();
        Span<long> ready = stackalloc long[32];
        // What came before they were added, and what a handler that threw has left, is not reported.
        int count = ReadUnreported();
        int found = _epoll.Wait(ready, count > 0 ? 0 : milliseconds);
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancelled = false;
        // Nor are records that are too few to wake somebody.
        if (found == 0) return count + ReadUnreported();
        long last = Cancelled;
        foreach (long token in ready[..found])
        {
            if (token == Cancelled) cancelled = true;
            // A perf buffer is reported for each of its rings, and read whole.
            else if (token != last) count += _sources[(int)token]();
            last = token;
        }

        return count;
    }

    private int ReadUnreported()
    {
        int count = 0;
        foreach ((BpfPerfEventArray buffer, int source) in _perfBuffers)
            if (buffer.HasUnread) count += _sources[source]();
        return count;
    }
}
