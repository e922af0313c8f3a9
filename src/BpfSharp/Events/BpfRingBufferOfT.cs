using System.Runtime.CompilerServices;
using BpfSharp.Events;
using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>
/// A ring buffer whose records are all of one type (<c>BPF_MAP_TYPE_RINGBUF</c>, kernel 5.8). One reader at a time: a second one gets
/// an <see cref="InvalidOperationException"/>.
/// </summary>
/// <typeparam name="T">The record.</typeparam>
public sealed class BpfRingBuffer<T> : BpfMap
    where T : unmanaged
{
    private readonly RingMemory _memory;

    /// <summary>Makes a typed view of a map and maps its memory.</summary>
    /// <exception cref="ArgumentException">It is of another kind.</exception>
    public BpfRingBuffer(BpfMap map) : base(map)
    {
        CheckKind(nameof(BpfRingBuffer<>), MapType.RingBuffer);
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
    /// <exception cref="BpfException">A record is shorter than <typeparamref name="T"/>.</exception>
    public int Consume(BpfRecordHandler<T> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Consumer consumer = new(handler, Name);
        return _memory.Drain(ref consumer);
    }

    /// <summary>Waits until there is a record.</summary>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <returns>Whether there is one.</returns>
    public bool Wait(TimeSpan timeout) => Readiness.Wait(this, timeout);

    /// <summary>Reads records as they come, until cancelled. Records are copied out in batches; waiting takes no thread of the pool.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="BpfException">A record is shorter than <typeparamref name="T"/>.</exception>
    public IAsyncEnumerable<T> ReadAllAsync(CancellationToken cancellationToken = default) =>
        RecordStream.Typed<T>(Fill, token => Readiness.WaitAsync(this, token), cancellationToken);

    private int Fill(T[] batch)
    {
        Copier copier = new(batch, Name);
        return _memory.Drain(ref copier, batch.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void CheckLength(int length, string name)
    {
        if (length < sizeof(T)) ThrowShort(length, name);
    }

    // Apart, so that the check is inlined.
    private static unsafe void ThrowShort(int length, string name) =>
        throw new BpfException($"a record of map '{name}' has {length} bytes, but {typeof(T).Name} has {sizeof(T)}: the program writes another type");

    private readonly struct Consumer(BpfRecordHandler<T> handler, string name) : IRecordConsumer
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public unsafe void Take(byte* data, int length)
        {
            CheckLength(length, name);
            handler(in *(T*)data);
        }
    }

    private struct Copier(T[] batch, string name) : IRecordConsumer
    {
        private int _count;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public unsafe void Take(byte* data, int length)
        {
            CheckLength(length, name);
            batch[_count++] = *(T*)data;
        }
    }
}
