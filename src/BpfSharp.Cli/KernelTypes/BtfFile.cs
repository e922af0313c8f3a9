using System.Buffers.Binary;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Cli.KernelTypes;

/// <summary>The types in a file: raw BTF, or the section <c>.BTF</c> of an ELF file.</summary>
internal static class BtfFile
{
    private const int HeaderLength = 4, TypesStart = 8, TypesLength = 12, StringsStart = 16, StringsLength = 20, Header = 24;

    /// <summary>Reads them.</summary>
    /// <param name="path">The kernel's file.</param>
    /// <param name="module">A module's, whose types go on where the kernel's end; null for the kernel's alone.</param>
    /// <exception cref="CommandException">They are malformed.</exception>
    public static BtfTypes Read(string path, string? module = null)
    {
        string at = path;
        try
        {
            byte[] kernel = Section(path);
            if (module is null) return BtfReader.Read(kernel);
            byte[] own = Section(at = module);
            return BtfReader.Read(Join(kernel, own));
        }
        catch (FormatException e)
        {
            throw new CommandException($"{at}: {e.Message}");
        }
    }

    private static byte[] Section(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        return bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F']) ? ElfSections.Find(bytes, ".BTF").ToArray() : bytes;
    }

    /// <summary>A module's ids and strings go on where the kernel's end, so that both behind each other are one.</summary>
    private static byte[] Join(byte[] kernel, byte[] module)
    {
        ReadOnlySpan<byte> types = Part(kernel, TypesStart), moreTypes = Part(module, TypesStart), strings = Part(kernel, StringsStart), moreStrings = Part(module, StringsStart);
        byte[] header = kernel[..Header];
        Set(header, HeaderLength, Header);
        Set(header, TypesStart, 0);
        Set(header, TypesLength, types.Length + moreTypes.Length);
        Set(header, StringsStart, types.Length + moreTypes.Length);
        Set(header, StringsLength, strings.Length + moreStrings.Length);
        return [.. header, .. types, .. moreTypes, .. strings, .. moreStrings];
    }

    private static ReadOnlySpan<byte> Part(byte[] bytes, int field)
    {
        if (bytes.Length < Header) throw new ObjectFormatException(".BTF", 0, "It is too short.");
        long start = (long)Get(bytes, HeaderLength) + Get(bytes, field), length = Get(bytes, field + 4);
        return start + length <= bytes.Length ? bytes.AsSpan((int)start, (int)length) : throw new ObjectFormatException(".BTF", field, "This part is not within the section.");
    }

    private static uint Get(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static void Set(byte[] bytes, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);
}
