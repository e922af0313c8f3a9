namespace BpfSharp;

/// <summary>
/// A ring buffer of records of one type that user space writes and a program reads with <c>Drain</c> (<c>BPF_MAP_TYPE_USER_RINGBUF</c>, kernel 6.1).
/// Writing may be called from any thread.
/// </summary>
/// <typeparam name="T">The record.</typeparam>
public sealed class BpfUserRingBuffer<T> : BpfUserRingBuffer
    where T : unmanaged
{
    /// <summary>Makes a typed view of a map and maps its memory.</summary>
    public BpfUserRingBuffer(BpfMap map)
        : base(map)
    {
    }

    /// <summary>Writes a record.</summary>
    /// <returns>False if there is no room now; <see cref="BpfUserRingBuffer.Lost"/> counts it.</returns>
    public bool TryWrite(in T record) => TryWrite<T>(in record);
}
