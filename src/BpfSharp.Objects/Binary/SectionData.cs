using System.Buffers.Binary;

namespace BpfSharp.Objects.Binary;

/// <summary>The bytes of a section, read with checked offsets: whatever is outside gives an <see cref="ObjectFormatException"/>.</summary>
internal readonly ref struct SectionData(string name, ReadOnlySpan<byte> bytes, long origin = 0)
{
    /// <summary>The section's name, for errors.</summary>
    public string Name { get; } = name;

    /// <summary>The content.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>Where <see cref="Bytes"/> starts in the section, for errors.</summary>
    public long Origin { get; } = origin;

    public int Length => Bytes.Length;

    public byte U8(long offset) => Slice(offset, 1)[0];

    public ushort U16(long offset) => BinaryPrimitives.ReadUInt16LittleEndian(Slice(offset, 2));

    public uint U32(long offset) => BinaryPrimitives.ReadUInt32LittleEndian(Slice(offset, 4));

    public int I32(long offset) => BinaryPrimitives.ReadInt32LittleEndian(Slice(offset, 4));

    public ulong U64(long offset) => BinaryPrimitives.ReadUInt64LittleEndian(Slice(offset, 8));

    /// <summary>Some of the bytes.</summary>
    public ReadOnlySpan<byte> Slice(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Bytes.Length || length > Bytes.Length - offset)
            throw Error(offset, $"{length} bytes are needed here, but the section ends at 0x{Origin + Bytes.Length:x}.");
        return Bytes.Slice((int)offset, (int)length);
    }

    /// <summary>Some of the bytes, which keep the section's name and offsets in errors.</summary>
    public SectionData Part(long offset, long length) => new(Name, Slice(offset, length), Origin + offset);

    /// <summary>The exception for a problem at an offset. What is negative was read from 32 bits of the file, which have no sign there.</summary>
    public ObjectFormatException Error(long offset, string problem) => new(Name, Origin + (offset < 0 ? (uint)offset : offset), problem);
}
