using System.Collections.Immutable;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Compiler.Target;

/// <summary>Places the globals in their data sections and describes them in BTF.</summary>
internal static class DataSections
{
    /// <summary>Lays out the globals of <paramref name="module"/>; BTF variables and sections are appended to <paramref name="types"/>.</summary>
    public static (ImmutableArray<DataSectionSpec> Sections, Dictionary<string, (string Section, int Offset)> Places) Run(Module module, List<BtfType> types)
    {
        Dictionary<string, (string Section, int Offset)> places = [];
        ImmutableArray<DataSectionSpec>.Builder sections = ImmutableArray.CreateBuilder<DataSectionSpec>();
        foreach (IGrouping<string, Global> section in module.Globals.GroupBy(static g => g.Section).OrderBy(static g => g.Key, StringComparer.Ordinal))
        {
            int size = 0;
            List<(Global Global, int Offset)> placed = [];
            foreach (Global global in section)
            {
                size = (size + global.Alignment - 1) & -global.Alignment;
                placed.Add((global, size));
                places.Add(global.Name, (section.Key, size));
                size += global.Size;
            }
            byte[] content = new byte[size];
            ImmutableArray<BtfSectionVariable>.Builder variables = ImmutableArray.CreateBuilder<BtfSectionVariable>();
            foreach ((Global global, int offset) in placed)
            {
                global.Initial.CopyTo(content, offset);
                types.Add(new BtfVariable(global.Name, global.TypeId, BtfLinkage.Global));
                variables.Add(new BtfSectionVariable(types.Count, offset, global.Size));
            }
            types.Add(new BtfDataSection(section.Key, size, variables.ToImmutable()));
            sections.Add(new DataSectionSpec
            {
                Name = section.Key,
                Content = [.. content],
                Variables = [.. placed.Select(static p => new VariableSpec(p.Global.Name, p.Offset, p.Global.Size))],
                BtfTypeId = types.Count,
            });
        }
        return (sections.ToImmutable(), places);
    }
}
