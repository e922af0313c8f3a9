using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Events;

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
    /// <summary>Makes a typed view of a map and opens a ring on every CPU that runs.</summary>
    /// <param name="map">The map.</param>
    /// <param name="pagesPerCpu">The size of each ring in pages, a power of two.</param>
    /// <param name="wakeUpRecords">
    /// After how many records of a CPU the reader is woken (<c>wakeup_events</c>); a ring that is half full wakes it as well. What is fewer is read whenever somebody asks, as with
    /// <see cref="BpfPerfEventArray.Consume(BpfPerfRecordHandler)"/>, but a reader that waits already goes on waiting.
    /// </param>
    /// <param name="wakeUpBytes">
    /// After how many bytes of a CPU's ring the reader is woken instead (<c>watermark</c>, <c>wakeup_watermark</c>), each record with its header of 12 bytes and rounded up to 8; 0 to count records. Less than
    /// the ring has.
    /// </param>
    /// <exception cref="ArgumentException">Both records and bytes are given, or what is given is out of range.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfPerfEventArray(BpfMap map, int pagesPerCpu = 64, int wakeUpRecords = 1, int wakeUpBytes = 0)
        : base(map, pagesPerCpu, wakeUpRecords, wakeUpBytes)
    {
    }

    /// <summary>Gives every record that is there to <paramref name="handler"/>, CPU by CPU, without allocating.</summary>
    /// <returns>How many records there were.</returns>
    /// <exception cref="BpfException">A record is shorter than <typeparamref name="T"/>.</exception>
    /// <exception cref="InvalidOperationException">It is being read already, by another thread or from within the handler.</exception>
    public int Consume(BpfPerfRecordHandler<T> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Consumer consumer = new(handler, Name);
        return Drain(ref consumer, int.MaxValue);
    }

    /// <summary>Reads records as they come, until cancelled. Records are copied out in batches, CPU by CPU; waiting takes no thread of the pool.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="BpfException">A record is shorter than <typeparamref name="T"/>.</exception>
    public new IAsyncEnumerable<T> ReadAllAsync(CancellationToken cancellationToken = default) => RecordStream.Typed<T>(Fill, WaitAsync, cancellationToken);

    private int Fill(T[] batch)
    {
        Copier copier = new(batch, Name);
        return Drain(ref copier, batch.Length);
    }

    // The kernel aligns records to 4 bytes.
    private static T Read(ReadOnlySpan<byte> bytes, string name) =>
        bytes.Length >= Unsafe.SizeOf<T>()
            ? Unsafe.ReadUnaligned<T>(ref MemoryMarshal.GetReference(bytes))
            : throw new BpfException($"a record of map '{name}' has {bytes.Length} bytes, but {typeof(T).Name} has {Unsafe.SizeOf<T>()}: the program writes another type");

    private readonly struct Consumer(BpfPerfRecordHandler<T> handler, string name) : IPerfRecordConsumer
    {
        public void Take(int cpu, ReadOnlySpan<byte> record) => handler(cpu, Read(record, name));
    }

    private struct Copier(T[] batch, string name) : IPerfRecordConsumer
    {
        private int _count;

        public void Take(int cpu, ReadOnlySpan<byte> record) => batch[_count++] = Read(record, name);
    }
}
