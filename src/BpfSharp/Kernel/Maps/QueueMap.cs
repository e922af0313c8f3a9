using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>A queue, first in first out (<c>BPF_MAP_TYPE_QUEUE</c>, kernel 4.20). Its name leaves .NET's <c>Queue&lt;T></c> usable beside it.</summary>
/// <typeparam name="T">The values' type.</typeparam>
[KernelMapType(MapType.Queue, View = "BpfQueue")]
public sealed class QueueMap<T> : PushedMap<T>
    where T : unmanaged
{
    /// <summary>Makes an empty queue in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">The capacity in entries.</param>
    public QueueMap(uint maxEntries)
        : base(maxEntries, isStack: false)
    {
    }

    /// <summary>Puts a value at the end (<c>bpf_map_push_elem</c> with <c>BPF_ANY</c>).</summary>
    /// <returns>False if the queue is full.</returns>
    [KernelIntrinsic("map.push")]
    public bool TryEnqueue(scoped in T value) => Put(in value, replaceOldest: false);

    /// <summary>Puts a value at the end; a full queue loses its first value (<c>bpf_map_push_elem</c> with <c>BPF_EXIST</c>).</summary>
    /// <returns>False only if the kernel could not get the queue's lock, as in an interrupt that came while it was held.</returns>
    [KernelIntrinsic("map.pushOver")]
    public bool EnqueueOverOldest(scoped in T value) => Put(in value, replaceOldest: true);

    /// <summary>Takes the first value out (<c>bpf_map_pop_elem</c>).</summary>
    /// <param name="value">The value; zeros if there is none.</param>
    /// <returns>False if the queue is empty.</returns>
    [KernelIntrinsic("map.pop")]
    public bool TryDequeue(out T value) => Take(out value, remove: true);
}
