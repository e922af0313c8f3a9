using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>
/// A place in a packet that moves on as headers are read. Every read is checked against the packet's end, so nothing outside is reached.
/// </summary>
public ref struct PacketCursor
{
    private Span<byte> _rest;

    internal PacketCursor(Span<byte> packet) => _rest = packet;

    /// <summary>How many bytes there are from here to the packet's end.</summary>
    public readonly uint Remaining
    {
        [KernelIntrinsic("packet.remaining")]
        get => (uint)_rest.Length;
    }

    /// <summary>Refers to the value here, to read and to change in place, and moves on behind it.</summary>
    /// <returns>False, without moving, if the packet ends before.</returns>
    [KernelIntrinsic("packet.tryRead")]
    public bool TryRead<T>(out Ref<T> value)
        where T : unmanaged
    {
        if (!TryPeek(out value)) return false;
        _rest = _rest[Unsafe.SizeOf<T>()..];
        return true;
    }

    /// <summary>Refers to the value here without moving.</summary>
    /// <returns>False if the packet ends before the value does.</returns>
    [KernelIntrinsic("packet.tryPeek")]
    public readonly bool TryPeek<T>(out Ref<T> value)
        where T : unmanaged
    {
        bool inside = _rest.Length >= Unsafe.SizeOf<T>();
        value = inside ? new Ref<T>(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetReference(_rest))) : default;
        return inside;
    }

    /// <summary>Moves on by a number of bytes, at most 32767, and as far in all where it is moved on often: the verifier follows a packet up to 65535 bytes.</summary>
    /// <returns>False, without moving, if the packet ends before.</returns>
    [KernelIntrinsic("packet.trySkip")]
    public bool TrySkip(uint bytes)
    {
        if (bytes > short.MaxValue || bytes > (uint)_rest.Length) return false;
        _rest = _rest[(int)bytes..];
        return true;
    }
}
