using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Maps;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>What the typed per-CPU maps have in common: each key has one value for every CPU that could ever be there.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">One CPU's value.</typeparam>
/// <remarks>Operations may be called from any thread and allocate nothing, apart from those that return arrays.</remarks>
public abstract unsafe class BpfPerCpuMap<TKey, TValue> : BpfMap
    where TKey : unmanaged
    where TValue : unmanaged
{
    // The kernel copies each CPU's value with its size rounded up to eight bytes.
    private readonly int _stride;

    private protected BpfPerCpuMap(BpfMap map) : base(map)
    {
        CheckType<TKey>(KeySize, "key");
        CheckType<TValue>(ValueSize, "value");
        _stride = (ValueSize + 7) & ~7;
    }

    /// <summary>How many values each key has: the number of possible CPUs.</summary>
    public int CpuCount { get; } = PossibleCpus.Count;

    /// <summary>Copies a key's values, one for each CPU.</summary>
    /// <param name="key">The key.</param>
    /// <param name="values">Gets the values; at least <see cref="CpuCount"/> of them.</param>
    /// <returns>Whether the key is there.</returns>
    /// <exception cref="ArgumentException">There is not room for all CPUs' values.</exception>
    public bool TryGetValues(TKey key, Span<TValue> values) => Read(BpfCommand.MapLookup, key, values, "look up a key in");

    /// <summary>Gets a key's values by a command that gives them.</summary>
    private protected bool Read(BpfCommand command, TKey key, Span<TValue> values, string what)
    {
        if (values.Length < CpuCount) throw new ArgumentException($"there are {CpuCount} CPUs, but room for {values.Length} values", nameof(values));
        if (_stride == sizeof(TValue))
        {
            fixed (TValue* direct = values) return BpfSyscall.Element(command, Fd, &key, direct, 0) is var result && (result == 0 || Found(result, what));
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(_stride * CpuCount);
        try
        {
            int result;
            fixed (byte* raw = buffer) result = BpfSyscall.Element(command, Fd, &key, raw, 0);
            if (result != 0 && !Found(result, what)) return false;
            Unpack(buffer, values);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A key's values, one for each CPU, in a new array; null if the key is not there.</summary>
    public TValue[]? GetValues(TKey key)
    {
        TValue[] values = new TValue[CpuCount];
        return TryGetValues(key, values) ? values : null;
    }

    /// <summary>Creates or replaces a key's values.</summary>
    /// <param name="key">The key.</param>
    /// <param name="values">One for each CPU: <see cref="CpuCount"/> of them.</param>
    /// <param name="mode">Whether the key may or must be there.</param>
    /// <returns>False if <paramref name="mode"/> forbids it.</returns>
    public bool SetValues(TKey key, ReadOnlySpan<TValue> values, BpfUpdateMode mode = BpfUpdateMode.Any)
    {
        if (values.Length != CpuCount) throw new ArgumentException($"there are {CpuCount} CPUs, but {values.Length} values", nameof(values));
        if (_stride == sizeof(TValue))
            fixed (TValue* direct = values) return Updated(BpfSyscall.MapUpdate(Fd, &key, direct, (ulong)mode), mode);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(_stride * CpuCount);
        try
        {
            buffer.AsSpan(0, _stride * CpuCount).Clear();
            for (int i = 0; i < values.Length; i++) MemoryMarshal.Write(buffer.AsSpan(i * _stride), values[i]);
            fixed (byte* raw = buffer) return Updated(BpfSyscall.MapUpdate(Fd, &key, raw, (ulong)mode), mode);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Gives every CPU the same value of a key.</summary>
    public void SetAll(TKey key, TValue value)
    {
        TValue[] values = ArrayPool<TValue>.Shared.Rent(CpuCount);
        values.AsSpan(0, CpuCount).Fill(value);
        SetValues(key, values.AsSpan(0, CpuCount));
        ArrayPool<TValue>.Shared.Return(values);
    }

    private void Unpack(ReadOnlySpan<byte> raw, Span<TValue> values)
    {
        for (int i = 0; i < CpuCount; i++) values[i] = Unsafe.ReadUnaligned<TValue>(in raw[i * _stride]);
    }
}
