using System.Collections.Immutable;
using System.Text;
using BpfSharp.Objects.Binary;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Elf;
using BpfSharp.Objects.Instructions;
using static BpfSharp.Objects.Elf.ElfConstants;

namespace BpfSharp.Objects.Reading;

/// <summary>Reads one object. Steps run in the order of <see cref="Read"/>; each uses what those before it found.</summary>
internal readonly ref partial struct ObjectParser
{
    private const string MapsSection = ".maps";

    private readonly ElfFile _elf;
    private readonly List<ElfSymbol>[] _symbolsOf;
    private readonly Dictionary<int, CodeDraft> _code = [];
    private readonly Dictionary<string, CodeDraft> _codeByName = new(StringComparer.Ordinal);
    private readonly StringTableReader? _strings;
    private readonly BtfTypes _btf;

    public ObjectParser(ReadOnlySpan<byte> bytes)
    {
        _elf = new ElfFile(bytes);
        _symbolsOf = new List<ElfSymbol>[_elf.Sections.Count];
        for (int i = 0; i < _symbolsOf.Length; i++)
            _symbolsOf[i] = [];
        foreach (ElfSymbol symbol in _elf.Symbols)
        {
            if (symbol.Section is > SectionIndexUndefined and < SectionIndexReserved)
                _symbolsOf[symbol.Section].Add(symbol);
        }
        _btf = _elf.Find(".BTF") is { Type: SectionProgramBits } section
            ? BtfReader.Read(_elf.Content(section), out _strings)
            : new BtfTypes([]);
    }

    public ObjectSpec Read()
    {
        ReadCode();
        MapTable maps = ReadMaps();
        ImmutableArray<DataSectionSpec> data = ReadDataSections();
        ReadRelocations(maps);
        ReadBtfExtension();

        var normaliser = new BtfNormaliser(_btf);
        foreach (DataSectionSpec section in data)
            normaliser.Complete(section, GlobalOffsets(_elf.Find(section.Name)!));
        IEnumerable<FunctionDraft> functions = _code.Values.SelectMany(static c => c.Functions);
        normaliser.Keep(functions.Select(static f => f.BtfTypeId));
        normaliser.Keep(functions.SelectMany(static f => f.CoreRelocations).Select(static r => r.TypeId));
        normaliser.Keep(maps.Maps.SelectMany(static m => m.TypeIds));
        normaliser.MakeStatic(functions.Where(static f => !f.IsGlobal).Select(static f => f.BtfTypeId));
        BtfTypes types = normaliser.Finish();

        return new ObjectSpec
        {
            License = ReadLicense(),
            KernelVersion = _elf.Find("version") is { Size: >= 4 } version ? _elf.Content(version).U32(0) : 0,
            Functions = [.. functions.Select(f => f.ToSpec(normaliser.MapId))],
            Maps = [.. maps.Maps.Select(m => m.ToSpec(normaliser.MapId))],
            DataSections = [.. data.Select(d => d with { BtfTypeId = normaliser.MapId(d.BtfTypeId) })],
            WeakExterns = ReadWeakExterns(),
            Btf = types.Count > 0 ? types : null,
        };
    }

    private void ReadCode()
    {
        foreach (ElfSection section in _elf.Sections)
        {
            if (!section.IsExecutable || section.Size == 0)
                continue;
            if (_codeByName.ContainsKey(section.Name))
                throw new ObjectFormatException(section.Name, 0, "Two sections of instructions have this name.");
            var functions = new List<FunctionDraft>();
            SectionData content = _elf.Content(section);
            foreach (ElfSymbol symbol in _symbolsOf[section.Index].Where(static s => s.Type == SymbolFunction).OrderBy(static s => s.Value))
                functions.Add(ReadFunction(content, symbol, functions.Count == 0 ? 0 : functions[functions.Count - 1].End));
            var code = new CodeDraft(section.Name, functions);
            _code.Add(section.Index, code);
            _codeByName.Add(section.Name, code);
        }
    }

    private static FunctionDraft ReadFunction(SectionData content, ElfSymbol symbol, int minimum)
    {
        if (symbol.Value >= (ulong)content.Length || symbol.Size > (ulong)content.Length || symbol.Size == 0)
            throw content.Error((long)Math.Min(symbol.Value, int.MaxValue), $"Function '{symbol.Name}' is not within its section.");
        int start = (int)symbol.Value;
        if (start % Instruction.Size != 0 || symbol.Size % Instruction.Size != 0)
            throw content.Error(start, $"Function '{symbol.Name}' is no whole number of instructions.");
        if (start < minimum)
            throw content.Error(start, $"Function '{symbol.Name}' overlaps another one.");
        Instruction[] code = [.. InstructionCodec.Decode(content.Slice(start, (int)symbol.Size))];
        return new FunctionDraft(symbol.Name, content.Name, start, symbol.IsGlobal, code);
    }

    private string ReadLicense()
    {
        if (_elf.Find("license") is not { } section)
            return "";
        ReadOnlySpan<byte> bytes = _elf.Content(section).Bytes;
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(bytes.Slice(0, end < 0 ? bytes.Length : end).ToArray());
    }

    private ImmutableArray<string> ReadWeakExterns() =>
    [
        .. _elf.Symbols
            .Where(static s => s.Section == SectionIndexUndefined && s.Bind == BindWeak && s.Name.Length > 0)
            .Select(static s => s.Name)
            .Distinct()
            .OrderBy(static n => n, StringComparer.Ordinal),
    ];

    /// <summary>The offsets of a section's variables that other files can see, by name.</summary>
    private Dictionary<string, ElfSymbol> GlobalOffsets(ElfSection section)
    {
        var result = new Dictionary<string, ElfSymbol>(StringComparer.Ordinal);
        foreach (ElfSymbol symbol in _symbolsOf[section.Index])
        {
            if (symbol.Type == SymbolObject && symbol.Bind != BindLocal)
                result[symbol.Name] = symbol;
        }
        return result;
    }
}
