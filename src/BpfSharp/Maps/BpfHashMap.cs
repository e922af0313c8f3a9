using System.Runtime.CompilerServices;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>
/// A hash map or LRU hash map (<c>BPF_MAP_TYPE_HASH</c>, <c>BPF_MAP_TYPE_LRU_HASH</c>). An LRU map is never full: it drops what
/// was not used for longest, and so may lose an entry at any time. Of <c>BPF_MAP_TYPE_CGROUP_STORAGE</c> the keys are <see cref="BpfCgroupStorageKey"/>, made
/// when a program is first attached, and gone with the group; they can be read and changed, not added or removed.
/// </summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
/// <remarks>Operations may be called from any thread; disposing must not run at the same time as one.</remarks>
public sealed unsafe class BpfHashMap<TKey, TValue> : BpfKeyedMap<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private BpfHashMap<TKey, TValue>? _underLock;

    /// <summary>Makes a typed view of a map.</summary>
    /// <exception cref="ArgumentException">It is of another kind, or its keys or values are of another size.</exception>
    public BpfHashMap(BpfMap map) : base(map) => CheckKind(nameof(BpfHashMap<,>), MapType.Hash, MapType.LruHash, MapType.CgroupStorageDeprecated);

    /// <inheritdoc cref="BpfMap.UnderLock"/>
    public new BpfHashMap<TKey, TValue> UnderLock() => ElementFlags != 0 ? this : _underLock ??= new(base.UnderLock());

    /// <summary>Removes a key and gets the value it had (<c>BPF_MAP_LOOKUP_AND_DELETE_ELEM</c>, kernel 5.14).</summary>
    /// <returns>Whether it was there.</returns>
    /// <remarks>On kernels before 5.14 it is a lookup and then a removal: a change that a program makes between them is lost.</remarks>
    public bool TryRemove(TKey key, out TValue value)
    {
        Unsafe.SkipInit(out value);
        int result;
        fixed (TValue* v = &value) result = BpfSyscall.MapLookupAndDelete(Fd, &key, v, ElementFlags);
        if (result == 0) return true;
        // Kernels before 5.14 know the command for queues and stacks only.
        if (result is -(int)Errno.EINVAL or -(int)Errno.ENOTSUPP or -(int)Errno.EOPNOTSUPP) return TryGetValue(key, out value) && Remove(key);
        value = default;
        return Found(result, "take a key out of");
    }
}
