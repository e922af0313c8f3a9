using System.Runtime.CompilerServices;
using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>A queue of records from programs to user space, shared by all processors (<c>BPF_MAP_TYPE_RINGBUF</c>, kernel 5.8).</summary>
/// <typeparam name="T">The records' type.</typeparam>
[KernelMapType(MapType.RingBuffer, View = "BpfRingBuffer")]
public sealed class RingBuffer<T>
    where T : unmanaged
{
    // The kernel's BPF_RINGBUF_HDR_SZ, and records are aligned to it.
    private const int HeaderSize = 8;

    private readonly Queue<T> _records = new();
    private readonly uint _capacity;
    private int _reserved;

    /// <summary>Makes an empty buffer in .NET's memory, for tests.</summary>
    /// <param name="maxEntries">The capacity in bytes.</param>
    public RingBuffer(uint maxEntries) => _capacity = maxEntries;

    /// <summary>The records that were submitted and not taken yet. Not for kernel code.</summary>
    public int Count
    {
        get
        {
            lock (_records) return _records.Count;
        }
    }

    /// <summary>How many records found no room. Not for kernel code: user space reads it as <c>Lost</c> of the map's view.</summary>
    public long Lost { get; private set; }

    private static int RecordSize => (Unsafe.SizeOf<T>() + HeaderSize + 7) / 8 * 8;

    /// <summary>
    /// Reserves room for one record, filled with zeros, to be filled in place and then submitted or discarded (<c>bpf_ringbuf_reserve</c>).
    /// </summary>
    /// <returns>False if the buffer is full.</returns>
    /// <remarks>A record that is neither submitted nor discarded on some way out of the program never arrives: the kernel gets its room back there. In .NET it keeps it.</remarks>
    [KernelIntrinsic("ringbuf.tryReserve")]
    public bool TryReserve(out Reservation<T> reservation)
    {
        lock (_records)
        {
            bool room = (long)(_records.Count + _reserved + 1) * RecordSize <= _capacity;
            if (room) _reserved++;
            else Lost++;
            reservation = room ? new Reservation<T>(this, new StrongBox<T>()) : default;
            return room;
        }
    }

    /// <summary>Copies a record into the buffer (<c>bpf_ringbuf_output</c>).</summary>
    /// <returns>False if the buffer is full.</returns>
    [KernelIntrinsic("ringbuf.output")]
    public bool Output(scoped in T record)
    {
        if (!TryReserve(out Reservation<T> reservation)) return false;
        reservation.Value = record;
        reservation.Submit();
        return true;
    }

    /// <summary>Copies a record into the buffer and says whether that wakes the reader.</summary>
    /// <param name="record">The record.</param>
    /// <param name="wakeUp">When the reader is woken. In .NET's memory there is no reader to wake.</param>
    /// <returns>False if the buffer is full.</returns>
    [KernelIntrinsic("ringbuf.output")]
    public bool Output(scoped in T record, RingWakeUp wakeUp) => Output(in record);

    /// <summary>Takes the oldest record. Not for kernel code: it stands for the reader in user space.</summary>
    /// <returns>False if there is none.</returns>
    public bool TryTake(out T record)
    {
        lock (_records) return _records.TryDequeue(out record);
    }

    internal void Complete(StrongBox<T> record, bool submit)
    {
        lock (_records)
        {
            _reserved--;
            if (submit) _records.Enqueue(record.Value);
        }
    }
}
