using BpfSharp.Objects.Binary;
using static BpfSharp.Objects.Elf.ElfConstants;

namespace BpfSharp.Objects.Elf;

/// <summary>Lays out a relocatable BPF ELF file. Sections and symbols keep the order of being added, but for local symbols, which come first.</summary>
internal sealed class ElfFileWriter
{
    private readonly List<Section> _sections = [];
    private readonly List<(ElfSymbol Symbol, int Key)> _symbols = [];

    /// <summary>Adds a section.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type"><c>SHT_PROGBITS</c> or <c>SHT_NOBITS</c>.</param>
    /// <param name="flags"><c>SHF_*</c>.</param>
    /// <param name="alignment">A power of two.</param>
    /// <param name="content">The content; only its length counts for <c>SHT_NOBITS</c>.</param>
    /// <returns>The section's index.</returns>
    public int AddSection(string name, uint type, uint flags, int alignment, ReadOnlyMemory<byte> content)
    {
        // Index 0 is the null section and 1 the string table.
        int index = _sections.Count + 2;
        _sections.Add(new Section(name, type, flags, alignment, content));
        return index;
    }

    /// <summary>Adds a section of relocations for <paramref name="target"/>; where it has none, nothing.</summary>
    public void AddRelocations(int target, List<ElfRelocation> relocations)
    {
        if (relocations.Count == 0)
            return;
        _sections.Add(new Section(".rel" + _sections[target - 2].Name, SectionRelocations, FlagInfoLink, 8, default)
        {
            Target = target,
            Relocations = relocations,
        });
    }

    /// <summary>Adds a symbol.</summary>
    /// <returns>A key for relocations; the index is known only when all symbols are.</returns>
    public int AddSymbol(ElfSymbol symbol)
    {
        int key = _symbols.Count;
        _symbols.Add((symbol, key));
        return key;
    }

    /// <summary>The file. Relocations' symbols are keys.</summary>
    public byte[] Write()
    {
        List<(ElfSymbol Symbol, int Key)> symbols = [.. _symbols.OrderBy(static s => s.Symbol.Bind != BindLocal)];
        var symbolIndex = new int[symbols.Count];
        for (int i = 0; i < symbols.Count; i++)
            symbolIndex[symbols[i].Key] = i + 1;

        int symbolTable = _sections.Count + 2;
        var strings = new StringTable();
        var file = new ByteBuffer();
        var headers = new ByteBuffer();
        headers.Zeros(SectionHeaderSize);
        headers.Zeros(SectionHeaderSize); // The string table's, filled in when it is complete.
        file.Zeros(HeaderSize);

        foreach (Section section in _sections)
        {
            file.Align(section.Alignment);
            int offset = file.Length;
            int size = section.Content.Length;
            if (section.Type == SectionRelocations)
            {
                foreach (ElfRelocation relocation in section.Relocations)
                {
                    file.U64(relocation.Offset);
                    file.U64(((ulong)symbolIndex[relocation.Symbol] << 32) | relocation.Type);
                }
                size = file.Length - offset;
                Header(headers, strings.Add(section.Name), section, offset, size, symbolTable, section.Target, RelocationSize);
                continue;
            }
            if (section.Type != SectionNoBits)
                file.Bytes(section.Content.Span);
            Header(headers, strings.Add(section.Name), section, offset, size, 0, 0, 0);
        }

        file.Align(8);
        int symbolsAt = file.Length;
        file.Zeros(SymbolSize);
        foreach ((ElfSymbol symbol, _) in symbols)
            WriteSymbol(file, strings, symbol);
        int firstGlobal = 1 + symbols.Count(static s => s.Symbol.Bind == BindLocal);
        Header(headers, strings.Add(".symtab"), new Section("", SectionSymbols, 0, 8, default), symbolsAt, file.Length - symbolsAt, 1, firstGlobal, SymbolSize);

        int stringsName = strings.Add(".strtab");
        var stringsHeader = new ByteBuffer();
        Header(stringsHeader, stringsName, new Section("", SectionStrings, 0, 1, default), file.Length, strings.Bytes.Length, 0, 0, 0);
        stringsHeader.Written.CopyTo(headers.Written.Slice(SectionHeaderSize));
        file.Bytes(strings.Bytes);

        file.Align(8);
        int headersAt = file.Length;
        file.Bytes(headers);
        FileHeader(headersAt, symbolTable + 1).Written.CopyTo(file.Written);
        return file.ToArray();
    }

    private static void Header(ByteBuffer headers, int name, Section section, int offset, int size, int link, int info, int entrySize)
    {
        headers.U32(name);
        headers.U32(section.Type);
        headers.U64(section.Flags);
        headers.U64(0);
        headers.U64((ulong)offset);
        headers.U64((ulong)size);
        headers.U32(link);
        headers.U32(info);
        headers.U64((ulong)section.Alignment);
        headers.U64((ulong)entrySize);
    }

    private static void WriteSymbol(ByteBuffer file, StringTable strings, ElfSymbol symbol)
    {
        file.U32(strings.Add(symbol.Name));
        file.U8((byte)((symbol.Bind << 4) | symbol.Type));
        file.U8((byte)symbol.Visibility);
        file.U16(symbol.Section);
        file.U64(symbol.Value);
        file.U64(symbol.Size);
    }

    private static ByteBuffer FileHeader(int headersAt, int count)
    {
        var header = new ByteBuffer();
        // Magic, 64-bit, little-endian, version 1, System V.
        header.Bytes([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        header.U16(TypeRelocatable);
        header.U16(MachineBpf);
        header.U32(1);
        header.U64(0);
        header.U64(0);
        header.U64((ulong)headersAt);
        header.U32(0);
        header.U16(HeaderSize);
        header.U16(0);
        header.U16(0);
        header.U16(SectionHeaderSize);
        header.U16(count);
        header.U16(1);
        return header;
    }

    private sealed record Section(string Name, uint Type, uint Flags, int Alignment, ReadOnlyMemory<byte> Content)
    {
        public int Target { get; init; }

        public List<ElfRelocation> Relocations { get; init; } = [];
    }
}
