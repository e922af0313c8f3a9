using System.Text;
using BpfSharp.Objects.Binary;
using static BpfSharp.Objects.Elf.ElfConstants;

namespace BpfSharp.Objects;

/// <summary>Sections of any 64-bit little-endian ELF file, whatever its machine: kernel images and modules hold BTF too.</summary>
public static class ElfSections
{
    private const string HeaderName = "ELF header";

    /// <summary>The content of the first section with a name.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">The section's name.</param>
    /// <exception cref="ObjectFormatException">The file is malformed, or has no such section.</exception>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> file, string name)
    {
        SectionData data = new(HeaderName, file);
        if (data.U8(4) != 2 || data.U8(5) != 1)
            throw data.Error(4, "Only 64-bit little-endian files are supported.");
        ulong start = data.U64(40);
        int count = data.U16(60), names = data.U16(62);
        if (data.U16(58) != SectionHeaderSize)
            throw data.Error(58, "The section headers' size is wrong.");
        if (start > (ulong)file.Length)
            throw data.Error(40, "The section headers are not within the file.");
        if (names >= count)
            throw data.Error(62, "There is no section of section names.");
        SectionData headers = new("section headers", data.Slice((long)start, (long)count * SectionHeaderSize));
        ReadOnlySpan<byte> strings = Content(data, headers, names), wanted = Encoding.UTF8.GetBytes(name + '\0');
        for (int i = 0; i < count; i++)
        {
            uint at = headers.U32(i * SectionHeaderSize);
            if (at < (uint)strings.Length && strings.Slice((int)at).StartsWith(wanted))
                return Content(data, headers, i);
        }
        throw data.Error(0, $"There is no section '{name}'.");
    }

    private static ReadOnlySpan<byte> Content(SectionData file, SectionData headers, int index)
    {
        int at = index * SectionHeaderSize;
        ulong offset = headers.U64(at + 24), size = headers.U64(at + 32);
        if (headers.U32(at + 4) == SectionNoBits)
            return [];
        return offset <= (ulong)file.Length && size <= (ulong)file.Length - offset
            ? file.Slice((long)offset, (long)size)
            : throw headers.Error(at + 24, "The section's content is not within the file.");
    }
}
