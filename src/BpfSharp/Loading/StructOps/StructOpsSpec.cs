using System.Collections.Immutable;
using System.Text;
using BpfSharp.Loading.Core;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Loading;

/// <summary>A table of functions for the kernel, as the object defines it: a variable in one of the <c>.struct_ops</c> sections.</summary>
/// <param name="Name">The variable's name.</param>
/// <param name="Section">Its section.</param>
/// <param name="Offset">Bytes from the section's start.</param>
/// <param name="TypeId">The object's BTF id of the struct.</param>
/// <param name="TypeName">The kernel's name of the struct, without a flavour: <c>tcp_congestion_ops</c>.</param>
/// <param name="Size">Bytes of the object's struct.</param>
/// <param name="Functions">The programs in it; offsets are from the table's start.</param>
internal sealed record StructOpsSpec(
    string Name, string Section, int Offset, int TypeId, string TypeName, int Size, ImmutableArray<DataRelocationSpec> Functions)
{
    /// <summary>Whether the table is attached by a link (kernel 6.4).</summary>
    public bool IsLinked => Section.EndsWith(".link", StringComparison.Ordinal);

    /// <summary>Whether it is only made when asked for.</summary>
    public bool IsOptional => Section.StartsWith('?');

    /// <summary>The map that the kernel keeps the table in.</summary>
    public MapSpec Map => new()
    {
        Name = Name,
        Type = MapType.StructOps,
        KeySize = sizeof(int),
        ValueSize = Size,
        MaxEntries = 1,
        Flags = IsLinked ? BpfMapFlags.Link : 0,
    };

    /// <summary>Whether a program is in it.</summary>
    public bool Uses(string program)
    {
        foreach (DataRelocationSpec function in Functions)
            if (function.Function == program) return true;
        return false;
    }

    /// <summary>All tables of an object.</summary>
    /// <exception cref="ObjectFormatException">The object's types do not say what a table is.</exception>
    public static List<StructOpsSpec> Of(ObjectSpec spec)
    {
        List<StructOpsSpec> tables = [];
        foreach (DataSectionSpec section in spec.DataSections)
        {
            if (!section.IsStructOps) continue;
            if (spec.Btf is not { } types || section.BtfTypeId == 0 || types[section.BtfTypeId] is not BtfDataSection definition)
                throw new ObjectFormatException(section.Name, 0, "The object's BTF does not describe the tables.");
            foreach (BtfSectionVariable variable in definition.Variables) tables.Add(Read(types, section, variable));
        }

        return tables;
    }

    private static StructOpsSpec Read(BtfTypes types, DataSectionSpec section, BtfSectionVariable variable)
    {
        if (types[variable.TypeId] is not BtfVariable { Name: var name } definition)
            throw new ObjectFormatException(section.Name, variable.Offset, $"Type {variable.TypeId} is no variable.");
        int id = definition.TypeId;
        // More qualifiers than types would be a circle.
        for (int steps = 0; steps < types.Count && types.Find(id) is BtfQualified or BtfTypedef; steps++)
            id = types[id] is BtfQualified qualified ? qualified.TypeId : ((BtfTypedef)types[id]).TypeId;
        if (types.Find(id) is not BtfStruct { IsUnion: false, Name.Length: > 0 } structure)
            throw new ObjectFormatException(section.Name, variable.Offset, $"Variable '{name}' is no struct with a name.");
        if (variable.Offset < 0 || structure.Size < 0 || structure.Size > section.Content.Length - variable.Offset)
            throw new ObjectFormatException(section.Name, variable.Offset, $"Variable '{name}' is not within its section.");
        string essential = Encoding.UTF8.GetString(EssentialName.Of(Encoding.UTF8.GetBytes(structure.Name)));
        return new StructOpsSpec(name, section.Name, variable.Offset, id, essential, structure.Size,
            [.. section.Relocations.Where(r => r.Offset >= variable.Offset && r.Offset < variable.Offset + structure.Size).Select(r => r with { Offset = r.Offset - variable.Offset })]);
    }
}
