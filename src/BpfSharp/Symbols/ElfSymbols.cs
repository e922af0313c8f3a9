using System.Buffers;
using System.Buffers.Binary;

namespace BpfSharp.Symbols;

/// <summary>The functions of a program or library: of its full symbol table, else of the one in its debug file, else of those that it exports.</summary>
internal sealed class ElfSymbols
{
    private const int HeaderLength = 64, SymbolLength = 24;
    private const uint FullTable = 2, Note = 7, ExportTable = 11, Load = 1;
    private static readonly SearchValues<byte> Ends = SearchValues.Create(0);
    private readonly List<(ulong Offset, ulong Address, ulong Length)> _segments = [];

    private ElfSymbols()
    {
    }

    /// <summary>The functions, by the addresses in the file.</summary>
    public SymbolTable Functions { get; private set; } = SymbolTable.Empty;

    /// <summary>The build id in hexadecimal, "" if the file has none.</summary>
    public string BuildId { get; private set; } = "";

    /// <summary>Reads a file; one without symbols if it is damaged or no 64-bit ELF file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="debugFile">Opens the debug file of a build id; null if there is none.</param>
    public static ElfSymbols Read(string path, Func<string, string?> debugFile)
    {
        ElfSymbols symbols = new();
        try
        {
            bool full = symbols.ReadTables(path, describesItself: true);
            if (!full && symbols.BuildId.Length > 4 && debugFile(symbols.BuildId) is { } other) symbols.ReadTables(other, describesItself: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or OverflowException)
        {
            // A file that cannot be read has no names to give; its frames are shown with its own name.
        }

        return symbols;
    }

    /// <summary>The address, as symbols have it, of a place in the file.</summary>
    public ulong AddressOf(ulong fileOffset)
    {
        foreach ((ulong offset, ulong address, ulong length) in _segments)
            if (fileOffset - offset < length) return fileOffset - offset + address;
        return fileOffset;
    }

    /// <summary>Reads what a file has; whether that was the full table of functions.</summary>
    private bool ReadTables(string path, bool describesItself)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        byte[] header = Part(file, 0, HeaderLength);
        if (!header.AsSpan(0, 6).SequenceEqual("\u007fELF\u0002\u0001"u8)) return false;
        byte[] sections = Part(file, U64(header, 40), (ulong)U16(header, 58) * U16(header, 60));
        if (describesItself)
        {
            ReadSegments(Part(file, U64(header, 32), (ulong)U16(header, 54) * U16(header, 56)), U16(header, 54));
            ReadBuildId(file, sections, U16(header, 58));
        }

        if (ReadFunctions(file, sections, U16(header, 58), FullTable)) return true;
        if (describesItself) ReadFunctions(file, sections, U16(header, 58), ExportTable);
        return false;
    }

    private void ReadSegments(ReadOnlySpan<byte> headers, int size)
    {
        for (; size >= 56 && headers.Length >= size; headers = headers[size..])
            if (U32(headers, 0) == Load) _segments.Add((U64(headers, 8), U64(headers, 16), U64(headers, 32)));
    }

    private void ReadBuildId(FileStream file, ReadOnlySpan<byte> sections, int size)
    {
        for (; size >= 64 && sections.Length >= size; sections = sections[size..])
        {
            if (U32(sections, 4) != Note) continue;
            // A note is three lengths and kinds, the name and the content: GNU's third kind is the build id.
            ReadOnlySpan<byte> note = Part(file, U64(sections, 24), U64(sections, 32));
            if (note.Length < 16 || U32(note, 0) != 4 || U32(note, 8) != 3 || !note.Slice(12, 4).SequenceEqual("GNU\0"u8)) continue;
            BuildId = Convert.ToHexStringLower(note.Slice(16, (int)U32(note, 4)));
            return;
        }
    }

    private bool ReadFunctions(FileStream file, ReadOnlySpan<byte> sections, int size, uint kind)
    {
        for (ReadOnlySpan<byte> section = sections; size >= 64 && section.Length >= size; section = section[size..])
        {
            if (U32(section, 4) != kind) continue;
            byte[] symbols = Part(file, U64(section, 24), U64(section, 32));
            ReadOnlySpan<byte> strings = sections[(checked((int)U32(section, 40)) * size)..];
            byte[] names = Part(file, U64(strings, 24), U64(strings, 32));
            List<SymbolTable.Entry> entries = new(symbols.Length / SymbolLength);
            for (int at = 0; at + SymbolLength <= symbols.Length; at += SymbolLength)
            {
                ReadOnlySpan<byte> symbol = symbols.AsSpan(at);
                // Functions (2) and indirect functions (10) that are defined here; of several names the global one (1) and not the weak or local one.
                if ((symbol[4] & 15) is not (2 or 10) || U16(symbol, 6) == 0 || U32(symbol, 0) >= names.Length) continue;
                entries.Add(new(U64(symbol, 8), U64(symbol, 16), (int)U32(symbol, 0), IsPreferred: symbol[4] >> 4 == 1));
            }

            Functions = new(entries, names, Ends);
            return true;
        }

        return false;
    }

    private static byte[] Part(FileStream file, ulong offset, ulong length)
    {
        if (offset > (ulong)file.Length || length > (ulong)file.Length - offset) throw new IOException($"{file.Name} is damaged: a table of its points outside of it");
        byte[] part = new byte[checked((int)length)];
        int read = 0;
        while (read < part.Length && RandomAccess.Read(file.SafeFileHandle, part.AsSpan(read), (long)offset + read) is var more and > 0) read += more;
        return part;
    }

    private static ushort U16(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt16LittleEndian(data[at..]);

    private static uint U32(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);

    private static ulong U64(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt64LittleEndian(data[at..]);
}
