using System.ComponentModel;
using System.Runtime.CompilerServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>What the maps with an index have in common: every index below the capacity has a value, zeros at first.</summary>
/// <typeparam name="T">The values' type.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class IndexedMap<T> : IInnerMap
    where T : unmanaged
{
    private readonly T[] _values;

    private protected IndexedMap(uint maxEntries) => _values = new T[maxEntries];

    /// <summary>The capacity in entries.</summary>
    public uint MaxEntries => (uint)_values.Length;

    /// <summary>The value at an index, to read and to change in place.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such index. In the kernel this is a fault.</exception>
    public ref T this[uint index]
    {
        [KernelIntrinsic("array.item")]
        get => ref _values[index];
    }

    /// <summary>Finds the value at an index in place (<c>bpf_map_lookup_elem</c>).</summary>
    /// <param name="index">The index.</param>
    /// <param name="value">The value, to read and to change in place; refers to nothing if there is no such index.</param>
    /// <returns>Whether there is such an index.</returns>
    [KernelIntrinsic("map.tryGetRef")]
    public bool TryGetRef(uint index, out Ref<T> value)
    {
        bool found = index < (uint)_values.Length;
        value = found ? new Ref<T>(ref _values[index]) : default;
        return found;
    }

    /// <summary>Copies the value at an index (<c>bpf_map_lookup_elem</c>).</summary>
    /// <param name="index">The index.</param>
    /// <param name="value">The value, zeros if there is no such index.</param>
    /// <returns>Whether there is such an index.</returns>
    [KernelIntrinsic("map.tryGetValue")]
    public bool TryGetValue(uint index, out T value)
    {
        bool found = index < (uint)_values.Length;
        value = found ? _values[index] : default;
        return found;
    }

    /// <summary>Sets the value at an index (<c>bpf_map_update_elem</c> with <c>BPF_ANY</c>).</summary>
    /// <returns>False if there is no such index.</returns>
    [KernelIntrinsic("map.set")]
    public bool Set(uint index, scoped in T value)
    {
        if (index >= (uint)_values.Length) return false;
        _values[index] = value;
        return true;
    }

    /// <summary>Runs a body for each value in the order of the indices (<c>bpf_for_each_map_elem</c>, kernel 5.13). In a per-CPU map the values are this processor's.</summary>
    /// <typeparam name="TState">The type of what the body works on.</typeparam>
    /// <param name="state">What the body works on.</param>
    /// <param name="body">A static lambda or method that captures nothing; it returns whether to go on.</param>
    /// <returns>For how many values it ran.</returns>
    [KernelIntrinsic("map.forEach")]
    public uint ForEach<TState>(ref TState state, MapBody<uint, T, TState> body)
        where TState : unmanaged
    {
        ArgumentNullException.ThrowIfNull(body);
        uint index = 0;
        while (index < (uint)_values.Length)
        {
            uint key = index++;
            if (!body(in key, ref _values[key], ref state)) break;
        }
        return index;
    }

    /// <summary>The index of the value that a byte is in.</summary>
    internal uint IndexOf(ref byte part)
    {
        nint offset = Unsafe.ByteOffset(ref Unsafe.As<T, byte>(ref _values[0]), ref part);
        nint index = offset / Unsafe.SizeOf<T>();
        return offset >= 0 && index < _values.Length ? (uint)index : throw new InvalidOperationException("It is in no value of this map.");
    }

    /// <summary>Sets all values to zeros. Not for kernel code.</summary>
    public void Clear() => Array.Clear(_values);
}
