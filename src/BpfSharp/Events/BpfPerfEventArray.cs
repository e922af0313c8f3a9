using System.Numerics;
using BpfSharp.Errors;
using BpfSharp.Events;
using BpfSharp.Maps;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>Takes a record of a perf buffer: the CPU it was written on and its bytes, which are gone when the call returns.</summary>
public delegate void BpfPerfRecordHandler(int cpu, ReadOnlySpan<byte> record);

/// <summary>
/// A perf buffer: a ring for each CPU that programs write with <c>bpf_perf_event_output</c> (<c>BPF_MAP_TYPE_PERF_EVENT_ARRAY</c>). Ring
/// buffers (kernel 5.8) are better at all it does; it is for older kernels. One reader at a time.
/// </summary>
public unsafe class BpfPerfEventArray : BpfMap
{
    private readonly List<PerfRing> _rings = [];
    private int _busy;

    /// <summary>Makes a view of a map and opens a ring on every CPU that runs.</summary>
    /// <param name="map">The map.</param>
    /// <param name="pagesPerCpu">The size of each ring in pages, a power of two.</param>
    /// <param name="wakeUpRecords">
    /// After how many records of a CPU the reader is woken (<c>wakeup_events</c>); a ring that is half full wakes it as well. What is fewer is read whenever somebody asks, as with
    /// <see cref="BpfPerfEventArray.Consume(BpfPerfRecordHandler)"/>, but a reader that waits already goes on waiting.
    /// </param>
    /// <param name="wakeUpBytes">
    /// After how many bytes of a CPU's ring the reader is woken instead (<c>watermark</c>, <c>wakeup_watermark</c>), each record with its header of 12 bytes and rounded up to 8; 0 to count records. Less than
    /// the ring has.
    /// </param>
    /// <exception cref="ArgumentException">Both records and bytes are given, or what is given is out of range.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfPerfEventArray(BpfMap map, int pagesPerCpu = 64, int wakeUpRecords = 1, int wakeUpBytes = 0) : base(map)
    {
        CheckKind(nameof(BpfPerfEventArray), MapType.PerfEventArray);
        if (!BitOperations.IsPow2(pagesPerCpu)) throw new ArgumentException($"{pagesPerCpu} pages are no power of two", nameof(pagesPerCpu));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(wakeUpRecords);
        ArgumentOutOfRangeException.ThrowIfNegative(wakeUpBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(wakeUpBytes, (long)pagesPerCpu * Environment.SystemPageSize);
        if (wakeUpRecords != 1 && wakeUpBytes != 0) throw new ArgumentException("the reader is woken after a number of records or of bytes, not of both", nameof(wakeUpBytes));
        foreach (int cpu in PossibleCpus.Online())
        {
            if (cpu >= MaxEntries) break;
            PerfRing ring = PerfRing.Open(this, cpu, pagesPerCpu, wakeUpRecords, wakeUpBytes);
            DisposeWith(ring);
            _rings.Add(ring);
            int fd = ring.Fd;
            BpfError.Check(BpfSyscall.MapUpdate(Fd, &cpu, &fd, 0), $"put the ring of CPU {cpu} into {What}");
        }
    }

    /// <summary>How many records the kernel dropped because a ring was full, as far as the rings have been read.</summary>
    public long Lost
    {
        get
        {
            long lost = 0;
            foreach (PerfRing ring in _rings) lost += ring.Lost;
            return lost;
        }
    }

    /// <summary>Gives every record that is there to <paramref name="handler"/>, CPU by CPU, without copying or allocating.</summary>
    /// <returns>How many records there were.</returns>
    /// <exception cref="InvalidOperationException">It is being read already, by another thread or from within the handler.</exception>
    public int Consume(BpfPerfRecordHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Consumer consumer = new(handler);
        return Drain(ref consumer, int.MaxValue);
    }

    /// <summary>Reads records as they come, until cancelled. Records are copied out in batches, CPU by CPU; waiting takes no thread of the pool.</summary>
    /// <returns>The records; the memory of each is used again when the next one is asked for.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync(CancellationToken cancellationToken = default) => RecordStream.OfAnySize(Fill, WaitAsync, cancellationToken);

    /// <summary>The rings' descriptors, for an event loop.</summary>
    internal IEnumerable<int> Descriptors => _rings.Select(r => r.Fd);

    /// <summary>Waits until there is a record.</summary>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <returns>Whether there is one.</returns>
    public bool Wait(TimeSpan timeout)
    {
        if (HasUnread) return true;
        Span<int> descriptors = stackalloc int[_rings.Count];
        for (int i = 0; i < descriptors.Length; i++) descriptors[i] = _rings[i].Fd;
        // When the time is over there can be some that woke nobody.
        return Readiness.Wait(this, descriptors, timeout) || HasUnread;
    }

    /// <summary>
    /// Whether something is there to read. The kernel tells of each record once only, to whoever polls first, and adding to an epoll is polling, too: what was
    /// there before must be looked for.
    /// </summary>
    internal bool HasUnread
    {
        get
        {
            foreach (PerfRing ring in _rings)
                if (ring.HasUnread) return true;
            return false;
        }
    }

    /// <summary>Waits without a thread until there is a record.</summary>
    private protected Task WaitAsync(CancellationToken cancellationToken) => Readiness.WaitAsync(this, [.. Descriptors], () => HasUnread, cancellationToken);

    /// <summary>Gives records to a consumer.</summary>
    private protected int Drain<TConsumer>(ref TConsumer consumer, int limit)
        where TConsumer : struct, IPerfRecordConsumer
    {
        // Throws if the map was disposed, whose rings nobody reads then.
        _ = Fd;
        if (Interlocked.Exchange(ref _busy, 1) != 0) throw new InvalidOperationException("the perf buffer is being read already; it has one reader at a time");
        try
        {
            int count = 0;
            foreach (PerfRing ring in _rings) count += ring.Drain(ref consumer, limit - count);
            return count;
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    private void Fill(RecordBatch batch)
    {
        Copier copier = new(batch);
        Drain(ref copier, RecordBatch.Capacity);
    }

    private readonly struct Copier(RecordBatch batch) : IPerfRecordConsumer
    {
        public void Take(int cpu, ReadOnlySpan<byte> record) => batch.Add(record);
    }

    private readonly struct Consumer(BpfPerfRecordHandler handler) : IPerfRecordConsumer
    {
        public void Take(int cpu, ReadOnlySpan<byte> record) => handler(cpu, record);
    }
}
