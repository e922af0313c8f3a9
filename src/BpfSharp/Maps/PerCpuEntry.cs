namespace BpfSharp;

/// <summary>An entry of a per-CPU map that is being enumerated.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">One CPU's value.</typeparam>
public readonly ref struct PerCpuEntry<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    internal PerCpuEntry(TKey key, ReadOnlySpan<TValue> values)
    {
        Key = key;
        Values = values;
    }

    /// <summary>The key.</summary>
    public TKey Key { get; }

    /// <summary>Its values, one for each possible CPU. They are only there until the enumerator goes on.</summary>
    public ReadOnlySpan<TValue> Values { get; }

    /// <summary>Takes it apart.</summary>
    public void Deconstruct(out TKey key, out ReadOnlySpan<TValue> values)
    {
        key = Key;
        values = Values;
    }
}
