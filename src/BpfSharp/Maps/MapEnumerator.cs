using System.Collections;
using System.Diagnostics.CodeAnalysis;
using BpfSharp.Maps;

namespace BpfSharp;

/// <summary>
/// Enumerates a map with <c>BPF_MAP_LOOKUP_BATCH</c> (kernel 5.6, for tries 5.13), key by key where the kernel has none. It ends under any
/// amount of change: batches walk the map's buckets once, and the walk by keys stops after twice the map's capacity.
/// </summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
[SuppressMessage("Performance", "CA1815", Justification = "Enumerators are not compared.")]
public struct MapEnumerator<TKey, TValue> : IEnumerator<KeyValuePair<TKey, TValue>>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private MapWalk<TKey> _walk;

    internal MapEnumerator(BpfMap map) => _walk = new(map);

    /// <summary>The entry, as it was when its batch was read.</summary>
    public readonly KeyValuePair<TKey, TValue> Current => new(_walk.Key, _walk.ValueAs<TValue>());

    readonly object IEnumerator.Current => Current;

    /// <summary>
    /// How many entries were removed between finding their keys and reading their values. Batches read both at once and miss none; it is
    /// counted where the kernel has no batches for the map.
    /// </summary>
    public readonly long Missed => _walk.Missed;

    /// <summary>
    /// Whether the end of the map was reached, once <see cref="MoveNext"/> returned false. It was not if keys were removed so fast that the kernel
    /// kept starting over: then entries may have been missed, and some seen twice.
    /// </summary>
    public readonly bool IsComplete => _walk.IsComplete;

    /// <summary>Goes to the next entry.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public bool MoveNext() => _walk.MoveNext();

    /// <summary>Starts over.</summary>
    public void Reset() => _walk.Reset();

    /// <summary>Gives back the buffers.</summary>
    public void Dispose() => _walk.Dispose();
}
