using BpfSharp.Objects.Binary;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Elf;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Objects.Reading;

internal readonly ref partial struct ObjectParser
{
    private MapTable ReadMaps()
    {
        if (_elf.Find(MapsSection) is not { Type: ElfConstants.SectionProgramBits, Size: > 0 } section)
            return new MapTable([]);
        SectionData content = _elf.Content(section);
        if (_btf.Items.FirstOrDefault(static t => t is BtfDataSection { Name: MapsSection }) is not BtfDataSection definitions)
            throw content.Error(0, "The object's BTF does not describe the maps.");

        var symbols = new Dictionary<string, ElfSymbol>(StringComparer.Ordinal);
        foreach (ElfSymbol symbol in SymbolsOf(section))
        {
            if (symbol.Type == ElfConstants.SymbolObject && !symbols.ContainsKey(symbol.Name))
                symbols.Add(symbol.Name, symbol);
        }
        var maps = new List<MapDraft>();
        foreach (BtfSectionVariable variable in definitions.Variables)
        {
            if (_btf.Find(variable.TypeId) is not BtfVariable { Name: var name } definition)
                throw content.Error(0, $"Type {variable.TypeId} is no variable.");
            // Clang leaves the offset to a relocation, so the symbol knows it.
            long offset = symbols.TryGetValue(name, out ElfSymbol symbol) ? (long)Math.Min(symbol.Value, int.MaxValue) : variable.Offset;
            content.Slice(offset, variable.Size);
            MapSpec spec = new MapDefinitionReader(_btf, MapsSection, offset).Read(name, definition.TypeId, out int valuesOffset);
            if (valuesOffset < 0 || valuesOffset > variable.Size)
                throw content.Error(offset, $"The definition of map '{name}' is larger than the map's variable.");
            maps.Add(new MapDraft(spec, (int)offset, variable.Size, valuesOffset));
        }
        maps.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
        for (int i = 1; i < maps.Count; i++)
        {
            if (maps[i].Offset < maps[i - 1].End || maps[i].Offset == maps[i - 1].Offset)
                throw content.Error(maps[i].Offset, $"Map '{maps[i].Name}' overlaps map '{maps[i - 1].Name}'.");
        }
        var table = new MapTable(maps);
        ReadMapValues(section, content, table);
        return table;
    }

    private void ReadMapValues(ElfSection section, SectionData content, MapTable maps)
    {
        foreach (ElfRelocation relocation in RelocationsOf(section))
        {
            ElfSymbol symbol = _elf.Symbols[relocation.Symbol];
            long at = (long)Math.Min(relocation.Offset, int.MaxValue);
            long target = unchecked((long)(symbol.Value + content.U64(at)));
            if (maps.Containing(at) is not { } map)
                throw content.Error(at, "The initial value belongs to no map.");
            string? name;
            if (map.Spec.Type == MapType.ProgramArray)
                name = _code.TryGetValue(symbol.Section, out CodeDraft? code) ? code.StartingAt(target)?.Name : null;
            else
                name = symbol.Section == section.Index ? maps.At(target)?.Name : null;
            if (name is null)
                throw content.Error(at, $"'{symbol.Name}' is no initial value for map '{map.Name}'.");
            if (!map.SetValue((int)at, name))
                throw content.Error(at, $"Map '{map.Name}' has no initial value here.");
        }
    }
}
