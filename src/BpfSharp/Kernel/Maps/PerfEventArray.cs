using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// Records to user space through a buffer for each processor (<c>BPF_MAP_TYPE_PERF_EVENT_ARRAY</c>, kernel 4.3; records from programs since 4.4). A
/// <see cref="RingBuffer{T}"/> (kernel 5.8) is better at all that it does: one buffer, the order of all processors, no copy. It is for older kernels and for
/// program types that have no ring buffers.
/// </summary>
/// <typeparam name="T">The records' type.</typeparam>
[KernelMapType(MapType.PerfEventArray, View = "BpfPerfEventArray", KeySize = sizeof(uint), ValueSize = sizeof(uint))]
public sealed class PerfEventArray<T>
    where T : unmanaged
{
    private readonly Queue<T> _records = new();

    /// <summary>Makes an empty buffer in .NET's memory, for tests. It has room for all records.</summary>
    /// <param name="maxEntries">For how many processors; 0 for all.</param>
    public PerfEventArray(uint maxEntries = 0) => MaxEntries = maxEntries;

    /// <summary>For how many processors there are buffers; 0 for all.</summary>
    public uint MaxEntries { get; }

    /// <summary>The records that were written and not taken yet. Not for kernel code.</summary>
    public int Count
    {
        get
        {
            lock (_records) return _records.Count;
        }
    }

    /// <summary>Copies a record into the buffer of the processor that runs the program (<c>bpf_perf_event_output</c> with <c>BPF_F_CURRENT_CPU</c>).</summary>
    /// <typeparam name="TContext">The type of the program's context.</typeparam>
    /// <param name="context">The program's context.</param>
    /// <param name="record">The record.</param>
    /// <returns>False if the buffer is full, which the reader counts as lost, or nobody has opened it.</returns>
    [KernelIntrinsic("perf.output")]
    public bool Output<TContext>(TContext context, scoped in T record)
        where TContext : struct, allows ref struct
    {
        lock (_records) _records.Enqueue(record);
        return true;
    }

    /// <summary>Takes the oldest record. Not for kernel code: it stands for the reader in user space.</summary>
    /// <returns>False if there is none.</returns>
    public bool TryTake(out T record)
    {
        lock (_records) return _records.TryDequeue(out record);
    }
}
