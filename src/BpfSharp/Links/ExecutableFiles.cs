using System.Buffers.Binary;
using System.IO.Enumeration;
using System.Text;

namespace BpfSharp.Links;

/// <summary>Finds programs and libraries, and functions in them.</summary>
internal static class ExecutableFiles
{
    private static readonly string[] LibraryFolders =
        ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu"];

    /// <summary>The full path of a file: as it is if it has a slash, else looked for among libraries (<c>libc.so.6</c>) and in PATH.</summary>
    /// <exception cref="BpfException">There is none.</exception>
    public static string Find(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
            return File.Exists(name) ? Path.GetFullPath(name) : throw new BpfException($"there is no file {name} to probe");
        IEnumerable<string> folders = name.Contains(".so", StringComparison.Ordinal)
            ? LibraryFolders : (Environment.GetEnvironmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin").Split(':');
        return folders.Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists)
            ?? throw new BpfException($"there is no file '{name}' to probe among the usual folders; give its full path");
    }

    /// <summary>Where in the file a function begins, from the symbol tables of a 64-bit ELF file.</summary>
    /// <exception cref="BpfException">The file has no such symbol, or is no ELF file.</exception>
    public static ulong OffsetOf(string path, string symbol)
    {
        foreach ((string name, ulong offset) in Functions(path))
            if (name == symbol) return offset;
        throw Missing(path, symbol);
    }

    /// <summary>Where in the file each function begins whose name matches one of several patterns (<c>*</c> and <c>?</c>), each place once.</summary>
    /// <exception cref="BpfException">A pattern matches no function, or the file is no ELF file.</exception>
    public static ulong[] OffsetsOf(string path, IReadOnlyList<string> patterns)
    {
        List<(string Name, ulong Offset)> functions = Functions(path);
        HashSet<ulong> offsets = [];
        foreach (string pattern in patterns)
        {
            bool found = false;
            foreach ((string name, ulong offset) in functions)
            {
                if (!FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false)) continue;
                offsets.Add(offset);
                found = true;
            }

            if (!found) throw Missing(path, pattern);
        }

        return [.. offsets];
    }

    private static BpfException Missing(string path, string symbol) => new($"{path} has no function '{symbol}'; `nm -D` lists those it exports");

    /// <summary>All functions; the full table's (2) before the exported ones (11), as that one may be stripped.</summary>
    private static List<(string Name, ulong Offset)> Functions(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        if (file.Length < 64 || !file.AsSpan(0, 5).SequenceEqual("\u007fELF\u0002"u8)) throw new BpfException($"{path} is no 64-bit ELF file");
        try
        {
            List<(string, ulong)> functions = [];
            Add(functions, file, 2);
            Add(functions, file, 11);
            return functions;
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new BpfException($"{path} is damaged: a table of its points outside of it");
        }
    }

    private static void Add(List<(string, ulong)> functions, ReadOnlySpan<byte> file, uint tableType)
    {
        int headers = checked((int)U64(file, 40)), size = U16(file, 58), count = U16(file, 60);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = file.Slice(headers + (i * size), size);
            if (U32(header, 4) != tableType) continue;
            ReadOnlySpan<byte> strings = Content(file, file.Slice(headers + ((int)U32(header, 40) * size), size));
            ReadOnlySpan<byte> symbols = Content(file, header);
            for (; symbols.Length >= 24; symbols = symbols[24..])
            {
                // Functions (2) and indirect functions (10) that are defined here. A version may follow the name.
                if ((symbols[4] & 15) is not (2 or 10) || U16(symbols, 6) == 0) continue;
                ReadOnlySpan<byte> name = strings[(int)U32(symbols, 0)..];
                int end = name.IndexOfAny((byte)0, (byte)'@');
                functions.Add((Encoding.UTF8.GetString(name[..(end < 0 ? name.Length : end)]), FileOffset(file, U64(symbols, 8))));
            }
        }
    }

    /// <summary>Where in the file the instruction at an address lies.</summary>
    private static ulong FileOffset(ReadOnlySpan<byte> file, ulong address)
    {
        int headers = checked((int)U64(file, 32)), size = U16(file, 54), count = U16(file, 56);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> segment = file.Slice(headers + (i * size), size);
            ulong start = U64(segment, 16);
            if (U32(segment, 0) == 1 && address >= start && address - start < U64(segment, 40)) return address - start + U64(segment, 8);
        }

        return address;
    }

    private static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> file, ReadOnlySpan<byte> header) =>
        file.Slice(checked((int)U64(header, 24)), checked((int)U64(header, 32)));

    private static ushort U16(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt16LittleEndian(data[at..]);

    private static uint U32(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);

    private static ulong U64(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt64LittleEndian(data[at..]);
}
