using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Maps;
using BpfSharp.Syscalls;

namespace BpfSharp.Events;

/// <summary>An epoll whose descriptors are known by a number of the caller's.</summary>
internal sealed unsafe class Epoll : IDisposable
{
    private const uint Readable = 1, OneShot = 1u << 30;
    private const int Add = 1, Delete = 2, CloseOnExec = 0x80000;

    // struct epoll_event is packed on x64 and aligned elsewhere.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private readonly BpfHandle _handle =
        new(BpfError.Check(Libc.EpollCreate(CloseOnExec) is var fd && fd >= 0 ? fd : -(int)Libc.LastError, "make an epoll"), "event loop");

    /// <summary>Keeps it open for somebody who waits.</summary>
    public BorrowedHandle Hold() => new(_handle);

    /// <summary>Waits for a descriptor from now on.</summary>
    /// <param name="fd">The descriptor.</param>
    /// <param name="token">The number that <see cref="Wait"/> gives for it.</param>
    /// <param name="once">Whether it is reported once only.</param>
    /// <param name="what">What it is, for errors.</param>
    /// <exception cref="InvalidOperationException">It is waited for already.</exception>
    public void Watch(int fd, long token, bool once, string what)
    {
        byte* entry = stackalloc byte[16];
        *(uint*)entry = Readable | (once ? OneShot : 0);
        *(long*)(entry + EventSize - 8) = token;
        if (Libc.EpollControl(_handle.Fd, Add, fd, entry) >= 0) return;
        Errno error = Libc.LastError;
        throw error == Errno.EEXIST ? new InvalidOperationException($"{what} is in this event loop already; it has one handler") : BpfError.Create((int)error, $"wait for {what}");
    }

    /// <summary>Does not wait for a descriptor any more; nothing happens if it is closed already.</summary>
    public void Forget(int fd)
    {
        byte* entry = stackalloc byte[16];
        _ = Libc.EpollControl(_handle.Fd, Delete, fd, entry);
    }

    /// <summary>Waits.</summary>
    /// <param name="tokens">Gets the numbers of descriptors that can be read.</param>
    /// <param name="milliseconds">How long at most, -1 for ever.</param>
    /// <returns>How many there are: 0 when the time is over or a signal came.</returns>
    public int Wait(Span<long> tokens, int milliseconds)
    {
        byte* events = stackalloc byte[EventSize * tokens.Length];
        int count = Libc.EpollWait(_handle.Fd, events, tokens.Length, milliseconds);
        if (count < 0 && Libc.LastError != Errno.EINTR) throw BpfError.Create((int)Libc.LastError, "wait for events");
        for (int i = 0; i < count; i++) tokens[i] = *(long*)(events + (i * EventSize) + EventSize - 8);
        return Math.Max(count, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
