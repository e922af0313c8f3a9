using System.Collections.Immutable;
using System.Runtime.InteropServices;
using BpfSharp.Objects.Binary;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Elf;
using static BpfSharp.Objects.Elf.ElfConstants;

namespace BpfSharp.Objects.Reading;

internal readonly ref partial struct ObjectParser
{
    /// <summary>A <c>.bss</c> takes no room in the file, so only this keeps a corrupted size from taking all memory.</summary>
    private const long MaximumZeroBytes = 256L << 20;

    private ImmutableArray<DataSectionSpec> ReadDataSections()
    {
        var result = ImmutableArray.CreateBuilder<DataSectionSpec>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        Dictionary<string, int> types = DataSectionTypes();
        long zeroBytes = 0;
        foreach (ElfSection section in _elf.Sections)
        {
            if (!IsData(section) || section.Size == 0)
                continue;
            if (!names.Add(section.Name))
                throw new ObjectFormatException(section.Name, 0, "Two data sections have this name.");
            byte[] content;
            if (section.Type == SectionNoBits)
            {
                zeroBytes += (long)Math.Min(section.Size, (ulong)MaximumZeroBytes + 1);
                if (zeroBytes > MaximumZeroBytes)
                    throw new ObjectFormatException(section.Name, 0, $"The zero-initialised data exceeds {MaximumZeroBytes >> 20} MiB.");
                content = new byte[(int)section.Size];
            }
            else
            {
                content = _elf.Content(section).Bytes.ToArray();
            }
            result.Add(new DataSectionSpec
            {
                Name = section.Name,
                Content = ImmutableCollectionsMarshal.AsImmutableArray(content),
                Variables = ReadVariables(section),
                Relocations = ReadDataRelocations(section, content),
                BtfTypeId = types.TryGetValue(section.Name, out int id) ? id : 0,
            });
        }
        return result.ToImmutable();
    }

    private static bool IsData(ElfSection section) => section.Type switch
    {
        SectionProgramBits when !section.IsExecutable =>
            Is(section.Name, ".data") || Is(section.Name, ".rodata")
            || section.Name is Kernel.Arenas.Section or ".struct_ops" or ".struct_ops.link" or "?.struct_ops" or "?.struct_ops.link",
        SectionNoBits => Is(section.Name, ".bss"),
        _ => false,
    };

    private static bool Is(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal) && (name.Length == prefix.Length || name[prefix.Length] == '.');

    private Dictionary<string, int> DataSectionTypes()
    {
        var result = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 1; id <= _btf.Count; id++)
        {
            if (_btf[id] is BtfDataSection section)
                result[section.Name] = id;
        }
        return result;
    }

    private ImmutableArray<VariableSpec> ReadVariables(ElfSection section)
    {
        var result = ImmutableArray.CreateBuilder<VariableSpec>();
        foreach (ElfSymbol symbol in SymbolsOf(section, SymbolObject))
        {
            if (symbol.Value > section.Size || symbol.Size > section.Size - symbol.Value)
                throw new ObjectFormatException(section.Name, (long)Math.Min(symbol.Value, int.MaxValue), $"Variable '{symbol.Name}' is not within its section.");
            result.Add(new VariableSpec(symbol.Name, (int)symbol.Value, (int)symbol.Size));
        }
        return result.ToImmutable();
    }

    private ImmutableArray<DataRelocationSpec> ReadDataRelocations(ElfSection section, byte[] content)
    {
        if (!section.Name.Contains(".struct_ops"))
            return [];
        var result = ImmutableArray.CreateBuilder<DataRelocationSpec>();
        var data = new SectionData(section.Name, content);
        foreach (ElfRelocation relocation in RelocationsOf(section))
        {
            ElfSymbol symbol = _elf.Symbols[relocation.Symbol];
            long offset = (long)Math.Min(relocation.Offset, int.MaxValue);
            ulong addend = data.U64(offset);
            if (!_code.TryGetValue(symbol.Section, out CodeDraft? code) || code.StartingAt(unchecked((long)(symbol.Value + addend))) is not { } function)
                throw data.Error(offset, $"'{symbol.Name}' is no function.");
            content.AsSpan((int)offset, 8).Clear();
            result.Add(new DataRelocationSpec((int)offset, function.Name));
        }
        result.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
        return result.ToImmutable();
    }

    private List<ElfRelocation> RelocationsOf(ElfSection target)
    {
        var result = new List<ElfRelocation>();
        foreach (ElfSection section in _elf.Sections)
        {
            if (section.Type == SectionRelocations && section.Info == (uint)target.Index)
                result.AddRange(_elf.Relocations(section));
        }
        return result;
    }
}
