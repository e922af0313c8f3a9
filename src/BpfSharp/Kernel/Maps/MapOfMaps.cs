using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>A map that can be inside of another one. The type arguments of an inner map say what all inner maps of the outer one are like.</summary>
public interface IInnerMap;

/// <summary>What the maps of maps have in common. User space puts maps in through <see cref="BpfMapOfMaps{TKey}"/>; programs look them up.</summary>
/// <typeparam name="TKey">The keys' type.</typeparam>
/// <typeparam name="TInner">The inner maps' type.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class MapOfMaps<TKey, TInner>
    where TKey : unmanaged
    where TInner : class, IInnerMap
{
    private readonly Dictionary<TKey, TInner> _maps = new(BytewiseComparer<TKey>.Instance);

    private protected MapOfMaps(uint maxEntries) => MaxEntries = maxEntries;

    /// <summary>The capacity in inner maps.</summary>
    public uint MaxEntries { get; }

    /// <summary>Finds the map under a key (<c>bpf_map_lookup_elem</c>). What is found is used as a map of the class is, except for <c>ForEach</c> and timers.</summary>
    /// <param name="key">The key.</param>
    /// <param name="inner">The map; null if there is none.</param>
    /// <returns>Whether there is a map under the key.</returns>
    [KernelIntrinsic("maps.tryGet")]
    public bool TryGet(scoped in TKey key, [NotNullWhen(true)] out TInner? inner)
    {
        lock (_maps) return _maps.TryGetValue(key, out inner);
    }

    /// <summary>Puts a map under a key in .NET. Not for kernel code.</summary>
    /// <returns>False if there is no such key or the map is full.</returns>
    public bool Set(TKey key, TInner inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        lock (_maps)
        {
            if (!HasRoom(key, _maps)) return false;
            _maps[key] = inner;
            return true;
        }
    }

    /// <summary>Takes a map out in .NET. Not for kernel code.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Remove(TKey key)
    {
        lock (_maps) return _maps.Remove(key);
    }

    /// <summary>Takes all maps out in .NET. Not for kernel code.</summary>
    public void Clear()
    {
        lock (_maps) _maps.Clear();
    }

    private protected virtual bool HasRoom(TKey key, Dictionary<TKey, TInner> maps) => maps.ContainsKey(key) || maps.Count < MaxEntries;
}

/// <summary>Maps by index (<c>BPF_MAP_TYPE_ARRAY_OF_MAPS</c>, kernel 4.12). <see cref="BpfMapAttribute.InnerMaxEntries"/> is the capacity of the inner maps.</summary>
/// <typeparam name="TInner">The inner maps' type, such as <c>HashMap&lt;uint, ulong&gt;</c>.</typeparam>
[KernelMapType(MapType.ArrayOfMaps, View = "BpfMapOfMaps<int>", KeySize = sizeof(uint), ValueSize = sizeof(uint))]
public sealed class ArrayOfMaps<TInner> : MapOfMaps<uint, TInner>
    where TInner : class, IInnerMap
{
    /// <summary>Makes an empty map in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">How many indices there are.</param>
    public ArrayOfMaps(uint maxEntries)
        : base(maxEntries)
    {
    }

    private protected override bool HasRoom(uint key, Dictionary<uint, TInner> maps) => key < MaxEntries;
}

/// <summary>Maps by keys of any type (<c>BPF_MAP_TYPE_HASH_OF_MAPS</c>, kernel 4.12). <see cref="BpfMapAttribute.InnerMaxEntries"/> is the capacity of the inner maps.</summary>
/// <typeparam name="TKey">The keys' type.</typeparam>
/// <typeparam name="TInner">The inner maps' type, such as <c>ArrayMap&lt;ulong&gt;</c>.</typeparam>
[KernelMapType(MapType.HashOfMaps, View = "BpfMapOfMaps", ValueSize = sizeof(uint))]
public sealed class HashOfMaps<TKey, TInner> : MapOfMaps<TKey, TInner>
    where TKey : unmanaged
    where TInner : class, IInnerMap
{
    /// <summary>Makes an empty map in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">The capacity in entries.</param>
    public HashOfMaps(uint maxEntries)
        : base(maxEntries)
    {
    }
}
