using System.Buffers.Binary;
using System.Text;

namespace BpfSharp.Objects.Binary;

/// <summary>A growing buffer of little-endian data.</summary>
internal sealed class ByteBuffer
{
    private byte[] _bytes = new byte[256];

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    public void U8(byte value) => Take(1)[0] = value;

    public void U16(int value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(2), (ushort)value);

    public void U32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);

    public void U32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(4), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(8), value);

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    public void Bytes(ByteBuffer other) => Bytes(other.Written);

    /// <summary>Writes UTF-8 and a terminating zero.</summary>
    public void CString(string value)
    {
        Bytes(Encoding.UTF8.GetBytes(value));
        U8(0);
    }

    /// <summary>Appends zeros.</summary>
    public void Zeros(int count) => Take(count).Clear();

    /// <summary>Appends zeros up to a multiple of <paramref name="alignment"/>, a power of two.</summary>
    public void Align(int alignment) => Zeros(-Length & (alignment - 1));

    /// <summary>What has been written; valid until the next write.</summary>
    public Span<byte> Written => _bytes.AsSpan(0, Length);

    public byte[] ToArray() => Written.ToArray();

    private Span<byte> Take(int count)
    {
        if (_bytes.Length - Length < count)
            Array.Resize(ref _bytes, checked(Math.Max(_bytes.Length * 2, Length + count)));
        Span<byte> result = _bytes.AsSpan(Length, count);
        Length += count;
        return result;
    }
}
