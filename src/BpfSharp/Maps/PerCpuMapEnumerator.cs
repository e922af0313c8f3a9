using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Maps;

namespace BpfSharp;

/// <summary>
/// Enumerates a per-CPU map with <c>BPF_MAP_LOOKUP_BATCH</c> (kernel 5.6 for hash maps, 5.13 for arrays), key by key where the kernel has none. It ends
/// under any amount of change: batches walk the map's buckets once, and the walk by keys stops after twice the map's capacity.
/// </summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">One CPU's value.</typeparam>
/// <remarks>As an <see cref="IEnumerator{T}"/>, for LINQ, it copies each entry's values to an array; by itself it allocates nothing per entry.</remarks>
[SuppressMessage("Performance", "CA1815", Justification = "Enumerators are not compared.")]
public struct PerCpuMapEnumerator<TKey, TValue> : IEnumerator<KeyValuePair<TKey, TValue[]>>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private MapWalk<TKey> _walk;
    private readonly int _cpus;

    internal PerCpuMapEnumerator(BpfMap map, int cpus) => (_walk, _cpus) = (new(map), cpus);

    /// <summary>The entry, as it was when its batch was read. Its values are only there until the next <see cref="MoveNext"/>.</summary>
    public readonly PerCpuEntry<TKey, TValue> Current => new(_walk.Key, Values);

    readonly KeyValuePair<TKey, TValue[]> IEnumerator<KeyValuePair<TKey, TValue[]>>.Current => new(_walk.Key, Values.ToArray());

    readonly object IEnumerator.Current => new KeyValuePair<TKey, TValue[]>(_walk.Key, Values.ToArray());

    /// <inheritdoc cref="MapEnumerator{TKey, TValue}.Missed"/>
    public readonly long Missed => _walk.Missed;

    /// <inheritdoc cref="MapEnumerator{TKey, TValue}.IsComplete"/>
    public readonly bool IsComplete => _walk.IsComplete;

    /// <summary>Goes to the next entry.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public bool MoveNext()
    {
        if (!_walk.MoveNext()) return false;
        PerCpuLayout.Compact<TValue>(_walk.Value, _cpus);
        return true;
    }

    /// <summary>Starts over.</summary>
    public void Reset() => _walk.Reset();

    /// <summary>Gives back the buffers.</summary>
    public void Dispose() => _walk.Dispose();

    private readonly ReadOnlySpan<TValue> Values => MemoryMarshal.Cast<byte, TValue>(_walk.Value[..(_cpus * Unsafe.SizeOf<TValue>())]);
}
