using System.Collections.Immutable;
using System.Text;
using BpfSharp.Objects.Binary;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Elf;
using static BpfSharp.Objects.Elf.ElfConstants;

namespace BpfSharp.Objects.Writing;

/// <summary>Turns one specification into sections, symbols and relocations.</summary>
internal sealed partial class ObjectLayout(ObjectSpec spec)
{
    internal const string TextSection = ".text";
    internal const string MapsSection = ".maps";
    internal const string LicenseSection = "license";
    internal const string VersionSection = "version";

    private readonly ElfFileWriter _elf = new();
    private readonly Dictionary<string, CodeSection> _code = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FunctionPlace> _functions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MapPlace> _maps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DataPlace> _data = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _externs = new(StringComparer.Ordinal);
    private int _mapsSection;
    private int _licenseSection;
    private int _versionSection;

    public byte[] Write()
    {
        PlaceFunctions();
        var definitions = new MapDefinitionWriter(spec.Btf ?? new BtfTypes([]));
        PlaceMaps(definitions);

        List<CodeSection> sections = [.. _code.Values];
        foreach (CodeSection section in sections)
            section.Index = _elf.AddSection(section.Name, SectionProgramBits, FlagAllocate | FlagExecute, 8, section.Content);
        AddDataSections(definitions);
        AddBtf(definitions, sections);
        AddLocalSymbols(sections);
        AddGlobalSymbols();
        AddRelocations(sections);
        return _elf.Write();
    }

    private void PlaceFunctions()
    {
        // Clang writes .text always, and first.
        _code.Add(TextSection, new CodeSection(TextSection));
        foreach (FunctionSpec function in spec.Functions)
        {
            if (!_code.TryGetValue(function.Section, out CodeSection? section))
                _code.Add(function.Section, section = new CodeSection(function.Section));
            if (_functions.ContainsKey(function.Name))
                throw new ArgumentException($"Two functions are named '{function.Name}'.");
            if (function.Instructions.IsDefaultOrEmpty)
                throw new ArgumentException($"Function '{function.Name}' has no instructions.");
            _functions.Add(function.Name, new FunctionPlace(section, section.Length));
            section.Functions.Add(function);
            section.Length += function.Instructions.Length * Instructions.Instruction.Size;
        }
        foreach (CodeSection section in _code.Values)
            section.Content = new byte[section.Length];
    }

    private void PlaceMaps(MapDefinitionWriter definitions)
    {
        foreach (MapSpec map in spec.Maps)
        {
            if (_maps.ContainsKey(map.Name))
                throw new ArgumentException($"Two maps are named '{map.Name}'.");
            _maps.Add(map.Name, definitions.Add(map));
        }
        definitions.Complete();
    }

    private void AddDataSections(MapDefinitionWriter definitions)
    {
        if (!spec.Maps.IsEmpty)
            _mapsSection = _elf.AddSection(MapsSection, SectionProgramBits, FlagAllocate | FlagWrite, 8, new byte[definitions.Size]);
        foreach (DataSectionSpec data in spec.DataSections)
        {
            uint type = data.IsZeroInitialised ? SectionNoBits : SectionProgramBits;
            uint flags = data.IsReadOnly ? FlagAllocate : FlagAllocate | FlagWrite;
            if (_data.ContainsKey(data.Name))
                throw new ArgumentException($"Two data sections are named '{data.Name}'.");
            int index = _elf.AddSection(data.Name, type, flags, 8, data.Content.AsMemory());
            _data.Add(data.Name, new DataPlace(data, index));
        }
        if (spec.License.Length > 0)
            _licenseSection = _elf.AddSection(LicenseSection, SectionProgramBits, FlagAllocate | FlagWrite, 1, Encoding.UTF8.GetBytes(spec.License + "\0"));
        if (spec.KernelVersion != 0)
        {
            var version = new ByteBuffer();
            version.U32(spec.KernelVersion);
            _versionSection = _elf.AddSection(VersionSection, SectionProgramBits, FlagAllocate | FlagWrite, 4, version.ToArray());
        }
    }

    private void AddBtf(MapDefinitionWriter definitions, List<CodeSection> sections)
    {
        var strings = new StringTable();
        byte[]? extension = new BtfExtensionWriter(strings).Write(sections);
        List<BtfType> types = [.. (IEnumerable<BtfType>?)spec.Btf ?? [], .. definitions.Types];
        if (types.Count == 0 && extension is null)
            return;
        _elf.AddSection(".BTF", SectionProgramBits, 0, 4, BtfWriter.Write([.. types], strings));
        if (extension is not null)
            _elf.AddSection(".BTF.ext", SectionProgramBits, 0, 4, extension);
    }
}

/// <summary>A section of instructions.</summary>
internal sealed class CodeSection(string name)
{
    public string Name { get; } = name;

    /// <summary>The section's index in the file.</summary>
    public int Index { get; set; }

    /// <summary>Bytes.</summary>
    public int Length { get; set; }

    /// <summary>The bytes, filled in when the relocations are known.</summary>
    public byte[] Content { get; set; } = [];

    /// <summary>The key of the section's symbol.</summary>
    public int Symbol { get; set; }

    public List<FunctionSpec> Functions { get; } = [];
}

/// <summary>Where a function stands.</summary>
internal sealed record FunctionPlace(CodeSection Section, int Offset)
{
    /// <summary>The key of the function's symbol.</summary>
    public int Symbol { get; set; }
}

/// <summary>Where a map's definition stands in <c>.maps</c>.</summary>
/// <param name="Offset">Bytes from the section's start.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ValuesOffset">Bytes from the section's start to the initial values.</param>
internal sealed record MapPlace(int Offset, int Size, int ValuesOffset)
{
    /// <summary>The key of the map's symbol.</summary>
    public int Symbol { get; set; }
}

/// <summary>Where a data section stands.</summary>
internal sealed record DataPlace(DataSectionSpec Spec, int Index)
{
    /// <summary>The key of the section's symbol.</summary>
    public int Symbol { get; set; }

    /// <summary>The keys of the global variables' symbols by the variables' offsets.</summary>
    public Dictionary<int, int> Globals { get; } = [];
}
