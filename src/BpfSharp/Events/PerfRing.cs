using BpfSharp.Errors;
using BpfSharp.Links;
using BpfSharp.Maps;
using BpfSharp.Syscalls;

namespace BpfSharp.Events;

/// <summary>One CPU's ring of a perf buffer.</summary>
internal sealed unsafe class PerfRing : IDisposable
{
    private const int HeadOffset = 1024, TailOffset = 1032, LostRecord = 2, SampleRecord = 9;
    private readonly BpfHandle _event;
    private readonly MappedMemory _memory;
    private readonly int _cpu, _page;
    private readonly ulong _mask;
    private byte[] _straddling = new byte[256];

    private PerfRing(BpfHandle handle, MappedMemory memory, int cpu, int page, int pages)
    {
        (_event, _memory, _cpu, _page) = (handle, memory, cpu, page);
        _mask = ((ulong)page * (ulong)pages) - 1;
    }

    /// <summary>Records that the kernel dropped, as it told so far.</summary>
    public long Lost { get; private set; }

    /// <summary>The perf event's descriptor.</summary>
    public int Fd => _event.Fd;

    /// <summary>Whether something was written that was not read.</summary>
    /// <exception cref="ObjectDisposedException">The ring was disposed.</exception>
    public bool HasUnread
    {
        get
        {
            using MappedMemory.Use use = _memory.Hold();
            byte* memory = (byte*)use.Pointer;
            return Volatile.Read(ref *(ulong*)(memory + HeadOffset)) != *(ulong*)(memory + TailOffset);
        }
    }

    /// <summary>Opens and maps a ring.</summary>
    /// <param name="map">The map that it is for.</param>
    /// <param name="cpu">Whose records it gets.</param>
    /// <param name="pages">Its size.</param>
    /// <param name="wakeUpRecords">After how many records it can be read.</param>
    /// <param name="wakeUpBytes">After how many bytes instead, 0 for records.</param>
    public static PerfRing Open(BpfMap map, int cpu, int pages, int wakeUpRecords, int wakeUpBytes)
    {
        const ulong BpfOutput = 10, RawSample = 1 << 10, Watermark = 1 << 14;
        const nuint Enable = 0x2400;
        PerfEventAttributes attributes = new()
        {
            Type = (uint)BpfPerfEventType.Software,
            Size = PerfEventAttributes.Length,
            Config = BpfOutput,
            Period = 1,
            SampleType = RawSample,
            Flags = wakeUpBytes > 0 ? Watermark : 0,
            WakeUp = (uint)(wakeUpBytes > 0 ? wakeUpBytes : wakeUpRecords),
        };
        nint fd = Libc.Syscall5(SyscallNumbers.Current?.PerfEventOpen ?? -1, &attributes, -1, cpu, -1, 8);
        if (fd < 0) throw BpfError.Create((int)Libc.LastError, $"open the ring of CPU {cpu} for {map.What}");
        BpfHandle handle = new((int)fd, $"ring of CPU {cpu} of {map.What}");
        int page = Environment.SystemPageSize;
        MappedMemory? memory = MappedMemory.TryMap(handle.Fd, map.What, (nuint)(page * (pages + 1)), writable: true);
        Errno error = memory is null || Libc.Ioctl(handle.Fd, Enable, 0) < 0 ? Libc.LastError : Errno.None;
        if (error == Errno.None) return new(handle, memory!, cpu, page, pages);
        memory?.Dispose();
        handle.Dispose();
        throw BpfError.Create((int)error, $"map the ring of CPU {cpu} for {map.What}",
            error == Errno.EPERM ? "kernel.perf_event_mlock_kb limits such memory; use fewer pages, or add cap_ipc_lock" : null);
    }

    /// <summary>Gives records to a consumer, without copying but those that go over the ring's end.</summary>
    /// <param name="consumer">Takes the records.</param>
    /// <param name="limit">How many at most.</param>
    /// <returns>How many records were taken.</returns>
    public int Drain<TConsumer>(ref TConsumer consumer, int limit = int.MaxValue)
        where TConsumer : struct, IPerfRecordConsumer
    {
        using MappedMemory.Use memory = _memory.Hold();
        return Drain(ref consumer, (byte*)memory.Pointer, limit);
    }

    private int Drain<TConsumer>(ref TConsumer consumer, byte* memory, int limit)
        where TConsumer : struct, IPerfRecordConsumer
    {
        ulong head = Volatile.Read(ref *(ulong*)(memory + HeadOffset)), tail = *(ulong*)(memory + TailOffset);
        int count = 0;
        try
        {
            while (tail != head && count < limit)
            {
                byte* record = memory + _page + (tail & _mask);
                int type = *(int*)record, size = *(ushort*)(record + 6);
                ReadOnlySpan<byte> body = Body(memory + _page, tail, size);
                tail += (ulong)size;
                if (type == LostRecord) Lost += BitConverter.ToInt64(body[8..]);
                if (type != SampleRecord) continue;
                count++;
                consumer.Take(_cpu, body.Slice(4, BitConverter.ToInt32(body)));
            }
        }
        finally
        {
            Volatile.Write(ref *(ulong*)(memory + TailOffset), tail);
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory.Dispose();
        _event.Dispose();
    }

    /// <summary>A record without its header; copied together if it goes over the ring's end.</summary>
    private ReadOnlySpan<byte> Body(byte* data, ulong at, int size)
    {
        ulong start = at & _mask;
        if (start + (ulong)size <= _mask + 1) return new ReadOnlySpan<byte>(data + start + 8, size - 8);
        if (_straddling.Length < size) _straddling = new byte[size];
        int first = (int)(_mask + 1 - start);
        new ReadOnlySpan<byte>(data + start, first).CopyTo(_straddling);
        new ReadOnlySpan<byte>(data, size - first).CopyTo(_straddling.AsSpan(first));
        return _straddling.AsSpan(8, size - 8);
    }
}

/// <summary>Takes records out of a perf buffer; a struct, so that nothing is allocated.</summary>
internal interface IPerfRecordConsumer
{
    /// <summary>Takes one record, which is overwritten some time after the call returns.</summary>
    void Take(int cpu, ReadOnlySpan<byte> record);
}
