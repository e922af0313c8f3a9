using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfSharp;

/// <summary>Takes a record of a perf buffer.</summary>
/// <typeparam name="T">The record.</typeparam>
/// <param name="cpu">The CPU it was written on.</param>
/// <param name="record">The record, which is gone when the call returns.</param>
public delegate void BpfPerfRecordHandler<T>(int cpu, in T record)
    where T : unmanaged;

/// <summary>A perf buffer whose records are all of one type (<c>BPF_MAP_TYPE_PERF_EVENT_ARRAY</c>, kernel 4.4). One reader at a time.</summary>
/// <typeparam name="T">The record.</typeparam>
public sealed class BpfPerfEventArray<T> : BpfPerfEventArray
    where T : unmanaged
{
    /// <summary>Makes a typed view of a map and opens a ring of 64 pages on every CPU that runs.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfPerfEventArray(BpfMap map)
        : base(map)
    {
    }

    /// <summary>Gives every record that is there to <paramref name="handler"/>, CPU by CPU.</summary>
    /// <returns>How many records there were.</returns>
    /// <exception cref="BpfException">A record is shorter than <typeparamref name="T"/>.</exception>
    public int Consume(BpfPerfRecordHandler<T> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Consume((cpu, bytes) =>
        {
            if (bytes.Length < Unsafe.SizeOf<T>())
                throw new BpfException($"a record of {What} has {bytes.Length} bytes, but {typeof(T).Name} has {Unsafe.SizeOf<T>()}: the program writes another type");
            // The kernel aligns records to 4 bytes.
            T record = Unsafe.ReadUnaligned<T>(ref MemoryMarshal.GetReference(bytes));
            handler(cpu, in record);
        });
    }
}
