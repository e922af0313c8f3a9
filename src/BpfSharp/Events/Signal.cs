using BpfSharp.Errors;
using BpfSharp.Maps;
using BpfSharp.Syscalls;

namespace BpfSharp.Events;

/// <summary>A descriptor that can be read once it was set: what waits for descriptors waits for it, too (<c>eventfd</c>).</summary>
internal sealed unsafe class Signal : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private readonly BpfHandle _handle = new(BpfError.Check(Libc.EventFd(0, CloseOnExec) is var fd && fd >= 0 ? fd : -(int)Libc.LastError, "make an event"), "event");

    /// <summary>Its descriptor.</summary>
    public int Fd => _handle.Fd;

    /// <summary>Keeps it open for somebody who waits, who otherwise would wait for nothing.</summary>
    public BorrowedHandle Hold() => new(_handle);

    /// <summary>Wakes all who wait for it, now and later.</summary>
    public void Set()
    {
        ulong one = 1;
        _ = Libc.Write(_handle.Fd, &one, sizeof(ulong));
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
