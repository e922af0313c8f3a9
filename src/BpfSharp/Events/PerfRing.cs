using BpfSharp.Errors;
using BpfSharp.Links;
using BpfSharp.Syscalls;

namespace BpfSharp.Events;

/// <summary>One CPU's ring of a perf buffer.</summary>
internal sealed unsafe class PerfRing : IDisposable
{
    private const int HeadOffset = 1024, TailOffset = 1032, LostRecord = 2, SampleRecord = 9;
    private readonly BpfHandle _event;
    private readonly int _cpu, _page;
    private readonly nuint _length;
    private readonly ulong _mask;
    private byte* _memory;
    private byte[] _straddling = [];

    private PerfRing(BpfHandle handle, byte* memory, int cpu, int page, int pages)
    {
        _memory = memory;
        (_event, _cpu, _page) = (handle, cpu, page);
        (_length, _mask) = ((nuint)(page * (pages + 1)), ((ulong)page * (ulong)pages) - 1);
    }

    /// <summary>Records that the kernel dropped, as it told so far.</summary>
    public long Lost { get; private set; }

    /// <summary>The perf event's descriptor.</summary>
    public int Fd => _event.Fd;

    /// <summary>Opens and maps a ring.</summary>
    public static PerfRing Open(BpfMap map, int cpu, int pages)
    {
        const ulong BpfOutput = 10, RawSample = 1 << 10;
        const nuint Enable = 0x2400;
        PerfEventAttributes attributes = new()
        {
            Type = (uint)BpfPerfEventType.Software,
            Size = PerfEventAttributes.Length,
            Config = BpfOutput,
            Period = 1,
            SampleType = RawSample,
            WakeUpEvents = 1,
        };
        nint fd = Libc.Syscall5(SyscallNumbers.Current?.PerfEventOpen ?? -1, &attributes, -1, cpu, -1, 8);
        if (fd < 0) throw BpfError.Create((int)Libc.LastError, $"open the ring of CPU {cpu} for {map.What}");
        BpfHandle handle = new((int)fd, $"ring of CPU {cpu}");
        int page = Environment.SystemPageSize;
        void* memory = Libc.Map(null, (nuint)(page * (pages + 1)), 3, 1, handle.Fd, 0);
        Errno error = memory == Libc.MapFailed || Libc.Ioctl(handle.Fd, Enable, 0) < 0 ? Libc.LastError : Errno.None;
        if (error == Errno.None) return new(handle, (byte*)memory, cpu, page, pages);
        handle.Dispose();
        throw BpfError.Create((int)error, $"map the ring of CPU {cpu} for {map.What}",
            error == Errno.EPERM ? "kernel.perf_event_mlock_kb limits such memory; use fewer pages, or add cap_ipc_lock" : null);
    }

    /// <summary>Gives all records to a handler.</summary>
    public int Drain(BpfPerfRecordHandler handler)
    {
        ObjectDisposedException.ThrowIf(_memory == null, this);
        ulong head = Volatile.Read(ref *(ulong*)(_memory + HeadOffset)), tail = *(ulong*)(_memory + TailOffset);
        int count = 0;
        try
        {
            while (tail != head)
            {
                byte* record = _memory + _page + (tail & _mask);
                int type = *(int*)record, size = *(ushort*)(record + 6);
                ReadOnlySpan<byte> body = Body(tail, size);
                tail += (ulong)size;
                if (type == LostRecord) Lost += BitConverter.ToInt64(body[8..]);
                if (type != SampleRecord) continue;
                count++;
                handler(_cpu, body.Slice(4, BitConverter.ToInt32(body)));
            }
        }
        finally
        {
            Volatile.Write(ref *(ulong*)(_memory + TailOffset), tail);
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_memory == null) return;
        _ = Libc.Unmap(_memory, _length);
        _memory = null;
        _event.Dispose();
    }

    /// <summary>A record without its header; copied together if it goes over the ring's end.</summary>
    private ReadOnlySpan<byte> Body(ulong at, int size)
    {
        byte* data = _memory + _page;
        ulong start = at & _mask;
        if (start + (ulong)size <= _mask + 1) return new ReadOnlySpan<byte>(data + start + 8, size - 8);
        if (_straddling.Length < size) _straddling = new byte[size];
        int first = (int)(_mask + 1 - start);
        new ReadOnlySpan<byte>(data + start, first).CopyTo(_straddling);
        new ReadOnlySpan<byte>(data, size - first).CopyTo(_straddling.AsSpan(first));
        return _straddling.AsSpan(8, size - 8);
    }
}
