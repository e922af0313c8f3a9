using BpfSharp.Errors;
using BpfSharp.Maps;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>
/// A ring buffer that user space writes and a program reads with <c>bpf_user_ringbuf_drain</c> (<c>BPF_MAP_TYPE_USER_RINGBUF</c>,
/// kernel 6.1). Writing may be called from any thread.
/// </summary>
public unsafe class BpfUserRingBuffer : BpfMap
{
    private const uint Busy = 1u << 31;
    private const int HeaderSize = 8;
    private readonly MappedMemory _consumer, _producer;
    private readonly int _page;
    private readonly Lock _writing = new();

    /// <summary>Makes a view of a map and maps its memory.</summary>
    public BpfUserRingBuffer(BpfMap map) : base(map)
    {
        CheckKind(nameof(BpfUserRingBuffer), MapType.UserRingBuffer);
        _page = Environment.SystemPageSize;
        MappedMemory? consumer = MappedMemory.TryMap(this, (nuint)_page, writable: false);
        MappedMemory? producer = consumer is null ? null : MappedMemory.TryMap(this, (nuint)_page + (2 * (nuint)MaxEntries), writable: true, _page);
        if (consumer is null || producer is null) throw BpfError.Create((int)Libc.LastError, $"map the memory of {What}");
        (_consumer, _producer) = (consumer, producer);
    }

    /// <summary>How many records found no room.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    private long _lost;

    /// <summary>Writes a record.</summary>
    /// <returns>False if there is no room now; <see cref="Lost"/> counts it.</returns>
    /// <exception cref="ArgumentException">The record is larger than the whole ring.</exception>
    /// <exception cref="ObjectDisposedException">The ring was disposed, which may happen in another thread at any time.</exception>
    public bool TryWrite(ReadOnlySpan<byte> record)
    {
        ulong size = MaxEntries, total = ((ulong)record.Length + HeaderSize + 7) & ~7UL;
        if (total > size) throw new ArgumentException($"a record of {record.Length} bytes does not fit in {What}, which has {size} bytes", nameof(record));
        lock (_writing)
        {
            using MappedMemory.Use producer = _producer.Hold(), consumer = _consumer.Hold();
            ulong* position = (ulong*)producer.Pointer;
            ulong consumed = Volatile.Read(ref *(ulong*)consumer.Pointer), at = *position;
            if (size - (at - consumed) < total)
            {
                Interlocked.Increment(ref _lost);
                return false;
            }

            byte* header = (byte*)position + _page + (at & (size - 1));
            *(ulong*)header = (uint)record.Length | Busy;
            Volatile.Write(ref *position, at + total);
            record.CopyTo(new Span<byte>(header + HeaderSize, record.Length));
            Volatile.Write(ref *(uint*)header, (uint)record.Length);
            return true;
        }
    }

    /// <summary>Writes a record of an unmanaged type.</summary>
    /// <typeparam name="T">The record.</typeparam>
    /// <returns>False if there is no room now.</returns>
    public bool TryWrite<T>(in T record)
        where T : unmanaged
    {
        fixed (T* bytes = &record) return TryWrite(new ReadOnlySpan<byte>(bytes, sizeof(T)));
    }
}
