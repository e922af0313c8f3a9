using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>A stack, last in first out (<c>BPF_MAP_TYPE_STACK</c>, kernel 4.20). Its name leaves .NET's <c>Stack&lt;T></c> usable beside it.</summary>
/// <typeparam name="T">The values' type.</typeparam>
[KernelMapType(MapType.Stack, View = "BpfStack")]
public sealed class StackMap<T> : PushedMap<T>
    where T : unmanaged
{
    /// <summary>Makes an empty stack in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">The capacity in entries.</param>
    public StackMap(uint maxEntries)
        : base(maxEntries, isStack: true)
    {
    }

    /// <summary>Puts a value on top (<c>bpf_map_push_elem</c> with <c>BPF_ANY</c>).</summary>
    /// <returns>False if the stack is full.</returns>
    [KernelIntrinsic("map.push")]
    public bool TryPush(scoped in T value) => Put(in value, replaceOldest: false);

    /// <summary>Puts a value on top; a full stack loses its oldest value (<c>bpf_map_push_elem</c> with <c>BPF_EXIST</c>).</summary>
    /// <returns>False only if the kernel could not get the stack's lock, as in an interrupt that came while it was held.</returns>
    [KernelIntrinsic("map.pushOver")]
    public bool PushOverOldest(scoped in T value) => Put(in value, replaceOldest: true);

    /// <summary>Takes the top value off (<c>bpf_map_pop_elem</c>).</summary>
    /// <param name="value">The value; zeros if there is none.</param>
    /// <returns>False if the stack is empty.</returns>
    [KernelIntrinsic("map.pop")]
    public bool TryPop(out T value) => Take(out value, remove: true);
}
