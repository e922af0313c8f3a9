using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>A queue of records from user space to programs (<c>BPF_MAP_TYPE_USER_RINGBUF</c>, kernel 6.1).</summary>
/// <typeparam name="T">The records' type.</typeparam>
[KernelMapType(MapType.UserRingBuffer, View = "BpfUserRingBuffer")]
public sealed class UserRingBuffer<T>
    where T : unmanaged
{
    // The kernel's BPF_MAX_USER_RINGBUF_SAMPLES.
    private const int MostRecords = 128 * 1024;

    private readonly Queue<T> _records = new();
    private bool _isDraining;

    /// <summary>Makes an empty buffer in .NET's memory, for tests. It has room for all records.</summary>
    /// <param name="maxEntries">The capacity in bytes.</param>
    public UserRingBuffer(uint maxEntries) => MaxEntries = maxEntries;

    /// <summary>The capacity in bytes.</summary>
    public uint MaxEntries { get; }

    /// <summary>The records that were not read yet. Not for kernel code.</summary>
    public int Count
    {
        get
        {
            lock (_records) return _records.Count;
        }
    }

    /// <summary>
    /// Runs a body for each record that is there (<c>bpf_user_ringbuf_drain</c>). The body gets a copy, which user space cannot change any more; records
    /// that are shorter than <typeparamref name="T"/> are passed over. A record is gone when its body has run, whatever the body returns.
    /// </summary>
    /// <typeparam name="TState">The type of what the body works on.</typeparam>
    /// <param name="state">What the body works on.</param>
    /// <param name="body">A static lambda or method that captures nothing; it returns whether to go on.</param>
    /// <returns>How many records were taken, at most 131,072 at once; or a negative error number, such as -EBUSY if another program reads.</returns>
    [KernelIntrinsic("userring.drain")]
    public int Drain<TState>(ref TState state, RecordBody<T, TState> body)
        where TState : unmanaged
    {
        const int Busy = -16;
        ArgumentNullException.ThrowIfNull(body);
        lock (_records)
        {
            if (_isDraining) return Busy;
            _isDraining = true;
            int count = 0;
            try
            {
                while (count < MostRecords && _records.TryDequeue(out T record))
                {
                    count++;
                    if (!body(in record, ref state)) break;
                }
            }
            finally
            {
                _isDraining = false;
            }

            return count;
        }
    }

    /// <summary>Writes a record. Not for kernel code: it stands for user space.</summary>
    public void Write(in T record)
    {
        lock (_records) _records.Enqueue(record);
    }
}

/// <summary>The body of a <see cref="UserRingBuffer{T}"/>'s <c>Drain</c>.</summary>
/// <typeparam name="T">The records' type.</typeparam>
/// <typeparam name="TState">The type of what the body works on.</typeparam>
/// <param name="record">The record.</param>
/// <param name="state">What it works on.</param>
/// <returns>Whether to go on.</returns>
public delegate bool RecordBody<T, TState>(in T record, ref TState state)
    where T : unmanaged
    where TState : unmanaged;
