using BpfSharp.Objects.Binary;
using static BpfSharp.Objects.Elf.ElfConstants;

namespace BpfSharp.Objects.Elf;

/// <summary>A relocatable BPF ELF file, split into sections and symbols. Nothing in it is trusted.</summary>
internal readonly ref struct ElfFile
{
    private const string HeaderName = "ELF header";
    private readonly SectionData _file;
    private readonly Dictionary<string, ElfSection> _byName;

    // Sections may overlap in a corrupted file, so that their contents' sum says nothing of the file's size: it has a bound.
    private readonly long[] _budget;

    /// <summary>Reads the headers and the symbol table.</summary>
    /// <exception cref="ObjectFormatException">This is no little-endian 64-bit BPF object, or is malformed.</exception>
    public ElfFile(ReadOnlySpan<byte> bytes)
    {
        _file = new SectionData(HeaderName, bytes);
        _budget = [8L * bytes.Length];
        CheckHeader();
        Sections = ReadSections();
        _byName = new Dictionary<string, ElfSection>(StringComparer.Ordinal);
        foreach (ElfSection section in Sections)
        {
            if (section.Type != SectionNull && !_byName.ContainsKey(section.Name))
                _byName.Add(section.Name, section);
        }
        Symbols = ReadSymbols();
    }

    /// <summary>All sections; the first is the null section.</summary>
    public List<ElfSection> Sections { get; }

    /// <summary>All symbols; the first is the null symbol.</summary>
    public List<ElfSymbol> Symbols { get; }

    /// <summary>A section's content, empty for <c>SHT_NOBITS</c>.</summary>
    public SectionData Content(ElfSection section)
    {
        if (section.Type == SectionNoBits)
            return new SectionData(section.Name, []);
        ulong length = (ulong)_file.Length;
        if (section.Offset > length || section.Size > length - section.Offset)
            throw new ObjectFormatException(section.Name, 0, "The section's content is not within the file.");
        _budget[0] -= (long)section.Size;
        if (_budget[0] < 0)
            throw new ObjectFormatException(section.Name, 0, "The sections overlap too much.");
        return new SectionData(section.Name, _file.Slice((long)section.Offset, (long)section.Size));
    }

    /// <summary>The relocations of a <c>SHT_REL</c> section.</summary>
    public List<ElfRelocation> Relocations(ElfSection section)
    {
        SectionData data = Content(section);
        var result = new List<ElfRelocation>(data.Length / RelocationSize);
        for (int offset = 0; offset < data.Length; offset += RelocationSize)
        {
            ulong info = data.U64(offset + 8);
            if (info >> 32 >= (ulong)Symbols.Count)
                throw data.Error(offset, $"There is no symbol {info >> 32}.");
            result.Add(new ElfRelocation(data.U64(offset), (int)(info >> 32), (uint)info));
        }
        return result;
    }

    private void CheckHeader()
    {
        if (!_file.Slice(0, 4).SequenceEqual((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F']))
            throw _file.Error(0, "This is not an ELF file.");
        if (_file.U8(4) != 2 || _file.U8(5) != 1)
            throw _file.Error(4, "Only 64-bit little-endian objects are supported.");
        if (_file.U16(16) != TypeRelocatable)
            throw _file.Error(16, "This is not a relocatable object.");
        if (_file.U16(18) != MachineBpf)
            throw _file.Error(18, "This is not a BPF object.");
    }

    private List<ElfSection> ReadSections()
    {
        ulong start = _file.U64(40);
        int count = _file.U16(60);
        int names = _file.U16(62);
        if (_file.U16(58) != SectionHeaderSize)
            throw _file.Error(58, "The section headers' size is wrong.");
        if (start > (ulong)_file.Length)
            throw _file.Error(40, "The section headers are not within the file.");
        SectionData headers = new("section headers", _file.Slice((long)start, (long)count * SectionHeaderSize));
        if (names >= count)
            throw _file.Error(62, "There is no section of section names.");

        ElfSection nameSection = ReadSection(headers, names, null);
        var strings = new StringTableReader(Content(nameSection));
        var result = new List<ElfSection>(count);
        for (int i = 0; i < count; i++)
            result.Add(ReadSection(headers, i, strings));
        return result;
    }

    private static ElfSection ReadSection(SectionData headers, int index, StringTableReader? names)
    {
        int at = index * SectionHeaderSize;
        string name = names is null ? ".strtab" : names[headers.U32(at)];
        return new ElfSection(
            index,
            // What is wrong in a section without a name has a place all the same.
            name.Length == 0 ? $"section {index}" : name,
            headers.U32(at + 4),
            headers.U64(at + 8),
            headers.U64(at + 24),
            headers.U64(at + 32),
            headers.U32(at + 40),
            headers.U32(at + 44));
    }

    /// <summary>The section with a name, null if there is none.</summary>
    public ElfSection? Find(string name) => _byName.TryGetValue(name, out ElfSection? section) ? section : null;

    private List<ElfSymbol> ReadSymbols()
    {
        if (Sections.Find(static s => s.Type == SectionSymbols) is not { } table)
            return [];
        SectionData data = Content(table);
        if (table.Link >= (uint)Sections.Count)
            throw data.Error(0, "The symbols' string table does not exist.");
        var strings = new StringTableReader(Content(Sections[(int)table.Link]));
        var result = new List<ElfSymbol>(data.Length / SymbolSize);
        for (int at = 0; at < data.Length; at += SymbolSize)
        {
            int info = data.U8(at + 4);
            int section = data.U16(at + 6);
            if (section >= Sections.Count && section < SectionIndexReserved)
                throw data.Error(at + 6, $"There is no section {section}.");
            string name = strings[data.U32(at)];
            result.Add(new ElfSymbol(name, info & 0xf, info >> 4, data.U8(at + 5) & 3, section, data.U64(at + 8), data.U64(at + 16)));
        }
        return result;
    }
}
