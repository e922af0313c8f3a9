using System.Runtime.CompilerServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>A record that was reserved in a <see cref="RingBuffer{T}"/> and has to be submitted or discarded. In the kernel it is one pointer.</summary>
/// <typeparam name="T">The record's type.</typeparam>
public ref struct Reservation<T>
    where T : unmanaged
{
    private readonly RingBuffer<T>? _buffer;
    private StrongBox<T>? _record;

    internal Reservation(RingBuffer<T> buffer, StrongBox<T> record)
    {
        _buffer = buffer;
        _record = record;
    }

    /// <summary>The record, to be filled in place.</summary>
    /// <exception cref="NullReferenceException">Nothing is reserved, or it was submitted or discarded. In the kernel this is a fault.</exception>
    public readonly ref T Value
    {
        [KernelIntrinsic("reservation.value")]
        get => ref _record!.Value;
    }

    /// <summary>Hands the record to the reader (<c>bpf_ringbuf_submit</c>). A second call is a fault.</summary>
    [KernelIntrinsic("reservation.submit")]
    public void Submit() => Complete(true);

    /// <summary>Hands the record to the reader and says whether that wakes it.</summary>
    /// <param name="wakeUp">When the reader is woken. In .NET's memory there is no reader to wake.</param>
    [KernelIntrinsic("reservation.submit")]
    public void Submit(RingWakeUp wakeUp) => Complete(true);

    /// <summary>Gives the room back (<c>bpf_ringbuf_discard</c>). A second call is a fault.</summary>
    [KernelIntrinsic("reservation.discard")]
    public void Discard() => Complete(false);

    /// <summary>Discards the record if it was neither submitted nor discarded.</summary>
    [KernelIntrinsic("reservation.dispose")]
    public void Dispose()
    {
        if (_record is not null) Discard();
    }

    private void Complete(bool submit)
    {
        StrongBox<T> record = _record!;
        _ = record.Value;
        _record = null;
        _buffer!.Complete(record, submit);
    }
}
