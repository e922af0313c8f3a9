using System.Runtime.Intrinsics.X86;
using BpfSharp.Errors;
using BpfSharp.Maps;
using BpfSharp.Syscalls;

namespace BpfSharp.Events;

/// <summary>
/// The memory of a ring buffer: a page with the consumer's position, which we write; then, read-only, a page with the producer's
/// and the data, mapped twice in a row so that no record is ever cut at the end.
/// </summary>
internal sealed unsafe class RingMemory
{
    private const uint Busy = 1u << 31, Discarded = 1u << 30, LengthMask = Discarded - 1;
    private const int HeaderSize = 8;

    // Telling the kernel of each record costs a shared cache line each; the kernel only needs it to find free room. An eighth of the ring is always told.
    private const int PublishEvery = 64;
    private const uint Shares = 8;
    // How many records before its turn a record is fetched.
    private const int Ahead = 32;

    // While a program writes on another processor, each look at the ring takes cache lines away from it, a few hundred nanoseconds a time. A reader that waits
    // a moment (rounds of Thread.SpinWait; half a microsecond) finds several records at once, which is faster for both. It does so while records keep coming,
    // some microseconds at most, and on an empty ring that it is asked to look at again and again, for the first few times.
    private const int Moment = 16, MostMoments = 32, Patience = 16;

    private readonly MappedMemory _consumer, _producer;
    private readonly ulong _mask, _share;
    private readonly int _page;
    private int _busy, _emptyPolls;

    // Where the reader is; the kernel is told less often.
    private ulong _at;

    private RingMemory(MappedMemory consumer, MappedMemory producer, uint size) =>
        (_consumer, _producer, _mask, _page, _share) = (consumer, producer, size - 1, Environment.SystemPageSize, size / Shares);

    /// <summary>Maps a ring buffer.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static RingMemory Map(BpfMap map)
    {
        nuint page = (nuint)Environment.SystemPageSize;
        MappedMemory? consumer = MappedMemory.TryMap(map, page, writable: true);
        MappedMemory? producer = consumer is null ? null : MappedMemory.TryMap(map, page + (2 * (nuint)map.MaxEntries), writable: false, (nint)page);
        if (consumer is null || producer is null) throw BpfError.Create((int)Libc.LastError, $"map the memory of {map.What}");
        return new(consumer, producer, map.MaxEntries);
    }

    /// <summary>Bytes that were reserved and not read yet.</summary>
    /// <exception cref="ObjectDisposedException">The ring was disposed.</exception>
    public ulong Unread
    {
        get
        {
            using MappedMemory.Use producer = _producer.Hold(), consumer = _consumer.Hold();
            return Volatile.Read(ref *(ulong*)producer.Pointer) - Volatile.Read(ref *(ulong*)consumer.Pointer);
        }
    }

    /// <summary>Gives every record that is there to a consumer, without copying.</summary>
    /// <param name="consumer">Takes the records.</param>
    /// <param name="limit">How many at most.</param>
    /// <returns>How many records were taken.</returns>
    /// <exception cref="InvalidOperationException">The ring is being read already, by another thread or from within the consumer.</exception>
    public int Drain<TConsumer>(ref TConsumer consumer, int limit = int.MaxValue)
        where TConsumer : struct, IRecordConsumer, allows ref struct
    {
        // First, for they throw if the ring was disposed, and nobody reads it then.
        using MappedMemory.Use position = _consumer.Hold(), produced = _producer.Hold();
        if (Interlocked.Exchange(ref _busy, 1) != 0) throw new InvalidOperationException("the ring buffer is being read already; it has one reader at a time");
        try
        {
            return Drain(ref consumer, limit, (ulong*)position.Pointer, (ulong*)produced.Pointer);
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    private int Drain<TConsumer>(ref TConsumer consumer, int limit, ulong* position, ulong* produced)
        where TConsumer : struct, IRecordConsumer, allows ref struct
    {
        byte* data = (byte*)produced + _page;
        ulong published = _at = *position, first = Volatile.Read(ref *produced), end = first;
        int taken = 0, moments = 0;
        try
        {
            while (taken < limit)
            {
                int chunk = Math.Min(limit - taken, PublishEvery), count = 0;
                if (_at < end) count = DrainChunk(ref consumer, data, _mask, Math.Min(end, _at + _share), chunk);
                taken += count;
                if (count == chunk || _at - published >= _share)
                {
                    Volatile.Write(ref *position, published = _at);
                }
                else if (moments < MostMoments && (count > 0 ? end != first : taken == 0 && moments == 0 && _emptyPolls < Patience))
                {
                    // Not published: the kernel wakes nobody for a record that follows one that was not read.
                    moments++;
                    Thread.SpinWait(Moment);
                }
                else if (_at != published)
                {
                    // What came until now woke nobody, so it is for us to look once more.
                    Volatile.Write(ref *position, published = _at);
                    Interlocked.MemoryBarrier();
                }
                else
                {
                    break;
                }

                end = Volatile.Read(ref *produced);
            }

            _emptyPolls = taken > 0 ? 0 : Math.Min(_emptyPolls + 1, Patience);
            return taken;
        }
        finally
        {
            // After a consumer that threw, too: it has taken the record. Where nothing was taken nothing is written: the kernel reads the position for each record.
            if (_at != published) Volatile.Write(ref *position, _at);
        }
    }

    /// <summary>
    /// Reads a few records. Short and called often, so that it is soon compiled with what the JIT saw of it: the handler is inlined.
    /// </summary>
    /// <returns>How many were taken: fewer than there are if one is not submitted yet.</returns>
    private int DrainChunk<TConsumer>(ref TConsumer consumer, byte* data, ulong mask, ulong end, int limit)
        where TConsumer : struct, IRecordConsumer, allows ref struct
    {
        ulong at = _at;
        int taken = 0;
        do
        {
            byte* record = data + (at & mask);
            uint header = Volatile.Read(ref *(uint*)record);
            if (header >= Discarded)
            {
                if ((header & Busy) != 0) return taken;
                _at = at += ((ulong)(header & LengthMask) + HeaderSize + 7) & ~7UL;
                continue;
            }

            ulong step = ((ulong)header + HeaderSize + 7) & ~7UL;
            // Records after this one are likely as long as it: have their headers in the cache when their turn comes, but take no memory away that is being written.
            if (Sse.IsSupported && at + (Ahead * step) < end) Sse.Prefetch0(record + (Ahead * step));
            // Before the call, so that a consumer that throws has taken the record.
            _at = at += step;
            taken++;
            consumer.Take(record + HeaderSize, (int)header);
        }
        while (at < end && taken < limit);
        return taken;
    }
}

/// <summary>Takes records out of a ring; a struct, so that the call is inlined.</summary>
internal unsafe interface IRecordConsumer
{
    /// <summary>Takes one record, which is overwritten some time after the call returns.</summary>
    void Take(byte* data, int length);
}
