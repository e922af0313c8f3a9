using System.Runtime.CompilerServices;
using BpfSharp.Events;
using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>Takes a record of any size. The bytes lie in memory shared with the kernel and are gone when the call returns.</summary>
public delegate void BpfRecordHandler(ReadOnlySpan<byte> record);

/// <summary>Takes a record. It lies in memory shared with the kernel: copy it to keep it.</summary>
/// <typeparam name="T">The record.</typeparam>
public delegate void BpfRecordHandler<T>(in T record)
    where T : unmanaged;

/// <summary>A ring buffer with records of any size (<c>BPF_MAP_TYPE_RINGBUF</c>, kernel 5.8). One reader at a time.</summary>
public sealed class BpfRingBuffer : BpfMap
{
    private readonly RingMemory _memory;

    /// <summary>Makes a view of a map and maps its memory.</summary>
    /// <exception cref="ArgumentException">It is of another kind.</exception>
    public BpfRingBuffer(BpfMap map) : base(map)
    {
        CheckKind(nameof(BpfRingBuffer), MapType.RingBuffer);
        _memory = RingMemory.Map(this);
    }

    /// <summary>Bytes of records that wait to be read.</summary>
    public ulong UnreadBytes => _memory.Unread;

    /// <summary>
    /// How many records the object's programs could not put into the ring because it was full. The compiler counts them; for programs from
    /// elsewhere it stays 0 unless they count in a 64-bit variable <c>__lost_NAME</c>, where NAME is the map's.
    /// </summary>
    public long Lost => Losses?.Value ?? 0;

    /// <summary>Gives every record that is there to <paramref name="handler"/>, without copying or allocating.</summary>
    /// <returns>How many records there were.</returns>
    public int Consume(BpfRecordHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Consumer consumer = new(handler);
        return _memory.Drain(ref consumer);
    }

    /// <summary>Waits until there is a record.</summary>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <returns>Whether there is one.</returns>
    public bool Wait(TimeSpan timeout) => Readiness.Wait(this, timeout);

    /// <summary>Reads records as they come, until cancelled. Records are copied out in batches; waiting takes no thread of the pool.</summary>
    /// <returns>The records; the memory of each is used again when the next one is asked for.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync(CancellationToken cancellationToken = default) =>
        RecordStream.OfAnySize(Fill, token => Readiness.WaitAsync(this, token), cancellationToken);

    private void Fill(RecordBatch batch)
    {
        Copier copier = new(batch);
        _memory.Drain(ref copier, RecordBatch.Capacity);
    }

    private readonly struct Copier(RecordBatch batch) : IRecordConsumer
    {
        public unsafe void Take(byte* data, int length) => batch.Add(new ReadOnlySpan<byte>(data, length));
    }

    private readonly struct Consumer(BpfRecordHandler handler) : IRecordConsumer
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public unsafe void Take(byte* data, int length) => handler(new ReadOnlySpan<byte>(data, length));
    }
}
