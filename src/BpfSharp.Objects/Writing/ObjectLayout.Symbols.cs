using System.Collections.Immutable;
using System.Text;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Elf;
using static BpfSharp.Objects.Elf.ElfConstants;

namespace BpfSharp.Objects.Writing;

internal sealed partial class ObjectLayout
{
    private void AddLocalSymbols(List<CodeSection> sections)
    {
        foreach (CodeSection section in sections)
            section.Symbol = AddSectionSymbol(section.Index);
        foreach (DataPlace data in _data.Values)
            data.Symbol = AddSectionSymbol(data.Index);
        AddFunctionSymbols(global: false);
        AddVariableSymbols(global: false);
        // Local, since libbpf's linker wants a type for every global symbol.
        if (_licenseSection != 0)
            Add("_license", SymbolObject, BindLocal, _licenseSection, 0, Encoding.UTF8.GetByteCount(spec.License) + 1);
        if (_versionSection != 0)
            Add("_version", SymbolObject, BindLocal, _versionSection, 0, 4);
    }

    private void AddGlobalSymbols()
    {
        AddFunctionSymbols(global: true);
        AddVariableSymbols(global: true);
        foreach (MapSpec map in spec.Maps)
        {
            MapPlace place = _maps[map.Name];
            place.Symbol = Add(map.Name, SymbolObject, BindGlobal, _mapsSection, place.Offset, place.Size);
        }
        IEnumerable<string> externs = spec.Functions
            .SelectMany(static f => f.Relocations)
            .Where(static r => r.Kind == RelocationKind.Extern)
            .Select(static r => r.Symbol)
            .Concat(spec.WeakExterns)
            .Distinct(StringComparer.Ordinal);
        foreach (string name in externs)
        {
            int bind = spec.WeakExterns.Contains(name) ? BindWeak : BindGlobal;
            _externs.Add(name, Add(name, SymbolNoType, bind, SectionIndexUndefined, 0, 0));
        }
    }

    private void AddFunctionSymbols(bool global)
    {
        foreach (FunctionSpec function in spec.Functions.Where(f => f.IsGlobal == global))
        {
            FunctionPlace place = _functions[function.Name];
            place.Symbol = Add(
                function.Name,
                SymbolFunction,
                global ? BindGlobal : BindLocal,
                place.Section.Index,
                place.Offset,
                function.Instructions.Length * Instructions.Instruction.Size);
        }
    }

    private void AddVariableSymbols(bool global)
    {
        foreach (DataPlace data in _data.Values)
        {
            ImmutableHashSet<string> statics = StaticVariables(data.Spec);
            foreach (VariableSpec variable in data.Spec.Variables)
            {
                if (statics.Contains(variable.Name) == global)
                    continue;
                int bind = global ? BindGlobal : BindLocal;
                int symbol = Add(variable.Name, SymbolObject, bind, data.Index, variable.Offset, variable.Size);
                if (global)
                    data.Globals[variable.Offset] = symbol;
            }
        }
    }

    /// <summary>The variables that BTF says are static; without BTF all are global.</summary>
    private ImmutableHashSet<string> StaticVariables(DataSectionSpec data) =>
        spec.Btf?.Find(data.BtfTypeId) is BtfDataSection section
            ? [.. section.Variables
                .Select(v => spec.Btf.Find(v.TypeId))
                .OfType<BtfVariable>()
                .Where(static v => v.Linkage == BtfLinkage.Static)
                .Select(static v => v.Name)]
            : [];

    private int AddSectionSymbol(int section) => Add("", SymbolSection, BindLocal, section, 0, 0);

    private int Add(string name, int type, int bind, int section, int value, int size) =>
        _elf.AddSymbol(new ElfSymbol(name, type, bind, 0, section, (ulong)value, (ulong)size));
}
