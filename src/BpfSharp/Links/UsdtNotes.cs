using System.Buffers.Binary;
using System.Text;

namespace BpfSharp.Links;

/// <summary>A place of a static probe, with what its arguments are read from.</summary>
/// <param name="Place">The place.</param>
/// <param name="Address">Where the linker put it.</param>
/// <param name="IsArm64">Whether the file is ARM64's; else it is x86-64's.</param>
/// <param name="Symbol">The address of a variable, null if the file does not name it.</param>
internal sealed record UsdtSite(BpfUsdtPlace Place, ulong Address, bool IsArm64, Func<string, ulong?> Symbol);

/// <summary>Finds static probes (USDT) by the notes that <c>sys/sdt.h</c> leaves in programs and libraries: <c>.note.stapsdt</c>.</summary>
internal static class UsdtNotes
{
    private const uint NoteSection = 7, Load = 1, ProbeNote = 3, FullTable = 2, ExportTable = 11, Arm64 = 183;

    /// <summary>The places of a probe; the compiler makes one for each copy of the code that it is in.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="file">Its bytes.</param>
    /// <param name="provider">The probe's provider.</param>
    /// <param name="name">The probe's name.</param>
    /// <exception cref="BpfException">There is no such probe, or the file is no 64-bit ELF file.</exception>
    public static List<UsdtSite> Find(string path, byte[] file, string provider, string name) => Find(path, file, file, provider, name);

    /// <summary>The address of a variable or function, null if no symbol table of the file has it.</summary>
    public static ulong? Symbol(ReadOnlySpan<byte> file, string name)
    {
        int headers = checked((int)U64(file, 40)), size = U16(file, 58), count = U16(file, 60);
        byte[] wanted = Encoding.UTF8.GetBytes(name + '\0');
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = file.Slice(headers + (i * size), size);
            if (U32(header, 4) is not (FullTable or ExportTable)) continue;
            ReadOnlySpan<byte> strings = Content(file, file.Slice(headers + ((int)U32(header, 40) * size), size));
            for (ReadOnlySpan<byte> symbols = Content(file, header); symbols.Length >= 24; symbols = symbols[24..])
                if (U16(symbols, 6) != 0 && strings[(int)U32(symbols, 0)..].StartsWith(wanted)) return U64(symbols, 8);
        }

        return null;
    }

    private static List<UsdtSite> Find(string path, byte[] whole, ReadOnlySpan<byte> file, string provider, string name)
    {
        if (file.Length < 64 || !file[..5].SequenceEqual("\u007fELF\u0002"u8)) throw new BpfException($"{path} is no 64-bit ELF file");
        List<UsdtSite> places = [];
        SortedSet<string> others = new(StringComparer.Ordinal);
        try
        {
            int headers = checked((int)U64(file, 40)), size = U16(file, 58), count = U16(file, 60);
            ReadOnlySpan<byte> names = Content(file, file.Slice(headers + (U16(file, 62) * size), size));
            // A linker that moved the program (prelink) left the notes as they were, and this section says by how much.
            ulong? moved = null;
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> header = file.Slice(headers + (i * size), size);
                if (Text(names[(int)U32(header, 0)..]) == ".stapsdt.base") moved = U64(header, 16);
            }

            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> header = file.Slice(headers + (i * size), size);
                if (U32(header, 4) == NoteSection && Text(names[(int)U32(header, 0)..]) == ".note.stapsdt")
                    Read(whole, Content(file, header), moved, provider, name, places, others);
            }
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new BpfException($"{path} is damaged: a table of its points outside of it");
        }

        return places.Count > 0 ? places : throw new BpfException(
            $"{path} has no static probe '{provider}:{name}'" + (others.Count == 0 ? "; it has none at all" : $"; it has {string.Join(", ", others.Take(10))}"));
    }

    private static void Read(
        byte[] file, ReadOnlySpan<byte> notes, ulong? moved, string provider, string name, List<UsdtSite> places, SortedSet<string> others)
    {
        while (notes.Length >= 12)
        {
            int nameLength = checked((int)U32(notes, 0)), length = checked((int)U32(notes, 4));
            uint type = U32(notes, 8);
            ReadOnlySpan<byte> owner = notes.Slice(12, nameLength), note = notes.Slice(12 + Aligned(nameLength), length);
            notes = notes[Math.Min(notes.Length, 12 + Aligned(nameLength) + Aligned(length))..];
            if (type != ProbeNote || !owner.SequenceEqual("stapsdt\0"u8)) continue;
            ulong address = U64(note, 0), origin = U64(note, 8), semaphore = U64(note, 16);
            ReadOnlySpan<byte> texts = note[24..];
            string noteProvider = Text(texts), noteName = Text(texts = texts[(Length(texts) + 1)..]), arguments = Text(texts[(Length(texts) + 1)..]);
            others.Add($"{noteProvider}:{noteName}");
            if (noteProvider != provider || noteName != name) continue;
            ulong shift = moved is { } now ? now - origin : 0;
            BpfUsdtPlace place = new(FileOffset(file, address + shift), semaphore == 0 ? 0 : FileOffset(file, semaphore + shift), arguments);
            places.Add(new(place, address + shift, U16(file, 18) == Arm64, symbol => Symbol(file, symbol)));
        }
    }

    /// <summary>Where in the file lies what the program has at an address.</summary>
    private static ulong FileOffset(ReadOnlySpan<byte> file, ulong address)
    {
        int headers = checked((int)U64(file, 32)), size = U16(file, 54), count = U16(file, 56);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> segment = file.Slice(headers + (i * size), size);
            ulong start = U64(segment, 16);
            // By the size in memory: a semaphore may be in what is zero and not in the file.
            if (U32(segment, 0) == Load && address >= start && address - start < U64(segment, 40)) return address - start + U64(segment, 8);
        }

        return address;
    }

    private static int Aligned(int length) => (length + 3) & ~3;

    private static int Length(ReadOnlySpan<byte> text) => text.IndexOf((byte)0) is var end and >= 0 ? end : throw new ArgumentOutOfRangeException(nameof(text));

    private static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text[..Length(text)]);

    private static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> file, ReadOnlySpan<byte> header) =>
        file.Slice(checked((int)U64(header, 24)), checked((int)U64(header, 32)));

    private static ushort U16(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt16LittleEndian(data[at..]);

    private static uint U32(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);

    private static ulong U64(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt64LittleEndian(data[at..]);
}
