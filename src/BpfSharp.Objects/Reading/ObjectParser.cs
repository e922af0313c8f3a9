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
    private static readonly List<ElfSymbol> None = [];

    private readonly List<ElfSymbol>?[] _symbolsOf;
    private readonly Dictionary<int, CodeDraft> _code = [];
    private readonly Dictionary<string, CodeDraft> _codeByName = new(StringComparer.Ordinal);
    private readonly StringTableReader? _strings;
    private readonly BtfTypes _btf;

    public ObjectParser(ReadOnlySpan<byte> bytes)
    {
        _elf = new ElfFile(bytes);
        _symbolsOf = new List<ElfSymbol>[_elf.Sections.Count];
        foreach (ElfSymbol symbol in _elf.Symbols)
        {
            if (symbol.Section is > SectionIndexUndefined and < SectionIndexReserved)
                (_symbolsOf[symbol.Section] ??= []).Add(symbol);
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
        var functions = new List<FunctionDraft>();
        foreach (CodeDraft code in _code.Values)
            functions.AddRange(code.Functions);
        foreach (FunctionDraft function in functions)
        {
            normaliser.Keep(function.BtfTypeId);
            foreach (CoreRelocationSpec relocation in function.CoreRelocations)
                normaliser.Keep(relocation.TypeId);
            if (!function.IsGlobal)
                normaliser.MakeStatic(function.BtfTypeId);
        }
        foreach (MapDraft map in maps.Maps)
        {
            foreach (int id in map.TypeIds)
                normaliser.Keep(id);
        }
        BtfTypes types = normaliser.Finish();
        Func<int, int> mapId = normaliser.MapId;

        return new ObjectSpec
        {
            License = ReadLicense(),
            KernelVersion = _elf.Find("version") is { Size: >= 4 } version ? _elf.Content(version).U32(0) : 0,
            Functions = [.. functions.Select(f => f.ToSpec(mapId))],
            Maps = [.. maps.Maps.Select(m => m.ToSpec(mapId))],
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
            foreach (ElfSymbol symbol in SymbolsOf(section, SymbolFunction))
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
        Instruction[] code = InstructionCodec.DecodeAll(content.Slice(start, (int)symbol.Size));
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

    private ImmutableArray<string> ReadWeakExterns()
    {
        SortedSet<string>? names = null;
        foreach (ElfSymbol symbol in _elf.Symbols)
        {
            if (symbol.Section == SectionIndexUndefined && symbol.Bind == BindWeak && symbol.Name.Length > 0)
                (names ??= new(StringComparer.Ordinal)).Add(symbol.Name);
        }
        return names is null ? [] : [.. names];
    }

    /// <summary>The symbols of a section, in the order of the table.</summary>
    private List<ElfSymbol> SymbolsOf(ElfSection section) => _symbolsOf[section.Index] ?? None;

    /// <summary>The symbols of a section that are of one type, ascending by place; those of one place in the order of the table.</summary>
    private List<ElfSymbol> SymbolsOf(ElfSection section, int type)
    {
        var result = new List<ElfSymbol>();
        foreach (ElfSymbol symbol in SymbolsOf(section))
        {
            if (symbol.Type == type)
                result.Add(symbol);
        }
        for (int i = 1; i < result.Count; i++)
        {
            if (result[i].Value < result[i - 1].Value)
                return [.. result.OrderBy(static s => s.Value)];
        }
        return result;
    }

    /// <summary>The offsets of a section's variables that other files can see, by name.</summary>
    private Dictionary<string, ElfSymbol> GlobalOffsets(ElfSection section)
    {
        var result = new Dictionary<string, ElfSymbol>(StringComparer.Ordinal);
        foreach (ElfSymbol symbol in SymbolsOf(section))
        {
            if (symbol.Type == SymbolObject && symbol.Bind != BindLocal)
                result[symbol.Name] = symbol;
        }
        return result;
    }
}
