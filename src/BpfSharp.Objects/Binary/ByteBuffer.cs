using System.Buffers.Binary;
using System.Text;

namespace BpfSharp.Objects.Binary;

/// <summary>A growing buffer of little-endian data.</summary>
internal sealed class ByteBuffer(int capacity = 256)
{
    private byte[] _bytes = new byte[capacity];

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
        int length = Encoding.UTF8.GetByteCount(value);
        Take(length + 1)[length] = 0;
        Encoding.UTF8.GetBytes(value, 0, value.Length, _bytes, Length - length - 1);
    }

    /// <summary>Appends zeros.</summary>
    public void Zeros(int count) => Take(count).Clear();

    /// <summary>Appends zeros up to a multiple of <paramref name="alignment"/>, a power of two.</summary>
    public void Align(int alignment) => Zeros(-Length & (alignment - 1));

    /// <summary>What has been written; valid until the next write.</summary>
    public Span<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>What has been written, as an array that the buffer gives away: nothing may be written afterwards.</summary>
    public byte[] Finish() => Length == _bytes.Length ? _bytes : ToArray();

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
