using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace BpfSharp.KernelTests.Raw;

/// <summary>
/// The bytes of <c>union bpf_attr</c> (or <c>struct perf_event_attr</c>), set by offset as linux/bpf.h lays them out, with the
/// buffers that it points to kept in place until disposed.
/// </summary>
sealed class BpfAttr : IDisposable
{
    readonly List<GCHandle> _pinned = [];

    /// <summary>The bytes; zero where nothing was set.</summary>
    public byte[] Bytes { get; } = new byte[128];

    public uint this[int offset]
    {
        get => BinaryPrimitives.ReadUInt32LittleEndian(Bytes.AsSpan(offset));
        set => BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(offset), value);
    }

    public BpfAttr Set(int offset, uint value)
    {
        this[offset] = value;
        return this;
    }

    public BpfAttr Set(int offset, SafeHandle fd) => Set(offset, (uint)fd.DangerousGetHandle());

    public BpfAttr SetLong(int offset, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Bytes.AsSpan(offset), value);
        return this;
    }

    /// <summary>Writes the address of <paramref name="target"/>, which the kernel may write to as well.</summary>
    public BpfAttr Point(int offset, Array target)
    {
        GCHandle handle = GCHandle.Alloc(target, GCHandleType.Pinned);
        _pinned.Add(handle);
        return SetLong(offset, (ulong)handle.AddrOfPinnedObject());
    }

    /// <summary>Writes the address of a zero-terminated string.</summary>
    public BpfAttr Point(int offset, string text) => Point(offset, Encoding.UTF8.GetBytes(text + '\0'));

    public void Dispose()
    {
        foreach (GCHandle handle in _pinned) handle.Free();
        _pinned.Clear();
    }
}
