using BpfSharp.Objects.Elf;
using BpfSharp.Objects.Instructions;
using static BpfSharp.Objects.Elf.ElfConstants;

namespace BpfSharp.Objects.Writing;

internal sealed partial class ObjectLayout
{
    private void AddRelocations(List<CodeSection> sections)
    {
        foreach (CodeSection section in sections)
        {
            var relocations = new List<ElfRelocation>();
            foreach (FunctionSpec function in section.Functions)
                WriteCode(section, function, relocations);
            _elf.AddRelocations(section.Index, relocations);
        }
        AddMapRelocations();
        foreach (DataPlace data in _data.Values)
        {
            List<ElfRelocation> relocations =
            [
                .. data.Spec.Relocations.Select(r => new ElfRelocation((ulong)r.Offset, Function(r.Function).Symbol, RelocationAbsolute64)),
            ];
            _elf.AddRelocations(data.Index, relocations);
        }
    }

    private void AddMapRelocations()
    {
        var relocations = new List<ElfRelocation>();
        foreach (MapSpec map in spec.Maps)
        {
            MapPlace place = _maps[map.Name];
            for (int i = 0; i < map.Values.Length; i++)
            {
                string value = map.Values[i];
                if (value.Length == 0)
                    continue;
                int symbol = map.Type == Kernel.MapType.ProgramArray ? Function(value).Symbol : Map(value).Symbol;
                relocations.Add(new ElfRelocation((ulong)(place.ValuesOffset + (i * 8)), symbol, RelocationAbsolute64));
            }
        }
        if (relocations.Count > 0)
            _elf.AddRelocations(_mapsSection, relocations);
    }

    /// <summary>Writes a function's instructions in the form clang gives them, and collects their relocations.</summary>
    private void WriteCode(CodeSection section, FunctionSpec function, List<ElfRelocation> relocations)
    {
        int start = _functions[function.Name].Offset;
        Instruction[] code = [.. function.Instructions];
        foreach (RelocationSpec relocation in function.Relocations)
        {
            if ((uint)relocation.Index >= (uint)code.Length)
                throw new ArgumentException($"Function '{function.Name}' has a relocation behind its end.");
            ref Instruction instruction = ref code[relocation.Index];
            (int symbol, int addend) = Target(relocation, instruction.IsCall);
            if (instruction.IsCall)
            {
                instruction = Instruction.Create(instruction.Code, instruction.Destination, PseudoSource.Call, instruction.Offset, addend);
            }
            else if (instruction.IsLoadImmediate64 && relocation.Index + 1 < code.Length)
            {
                instruction = Instruction.Create(instruction.Code, instruction.Destination, 0, instruction.Offset, addend);
                code[relocation.Index + 1] = default;
            }
            else
            {
                throw new ArgumentException($"Function '{function.Name}' has a relocation at {relocation.Index}, which is no call and no ld_imm64.");
            }
            relocations.Add(new ElfRelocation(
                (ulong)(start + (relocation.Index * Instruction.Size)),
                symbol,
                instruction.IsCall ? RelocationCall : Relocation64));
        }
        for (int i = 0; i < code.Length; i++)
            InstructionCodec.EncodeOne(code[i], section.Content.AsSpan(start + (i * Instruction.Size)));
    }

    /// <summary>The symbol's key and the addend, which a <c>SHT_REL</c> relocation keeps in the instruction.</summary>
    private (int Symbol, int Addend) Target(RelocationSpec relocation, bool isCall)
    {
        switch (relocation.Kind)
        {
            case RelocationKind.Map:
                return (Map(relocation.Symbol).Symbol, 0);
            case RelocationKind.Data:
                if (!_data.TryGetValue(relocation.Symbol, out DataPlace? data))
                    throw new ArgumentException($"There is no data section '{relocation.Symbol}'.");
                // Cilium's loader ignores the addend of a variable's symbol, so that one is used only at its start.
                return data.Globals.TryGetValue(relocation.Addend, out int variable) ? (variable, 0) : (data.Symbol, relocation.Addend);
            case RelocationKind.Extern:
                return (_externs[relocation.Symbol], isCall ? -1 : 0);
            default:
                FunctionPlace function = Function(relocation.Symbol);
                bool isGlobal = function.Section.Functions.Find(f => f.Name == relocation.Symbol)!.IsGlobal;
                if (isGlobal)
                    return (function.Symbol, isCall ? -1 : 0);
                return (function.Section.Symbol, isCall ? (function.Offset / Instruction.Size) - 1 : function.Offset);
        }
    }

    private FunctionPlace Function(string name) =>
        _functions.TryGetValue(name, out FunctionPlace? place) ? place : throw new ArgumentException($"There is no function '{name}'.");

    private MapPlace Map(string name) =>
        _maps.TryGetValue(name, out MapPlace? place) ? place : throw new ArgumentException($"There is no map '{name}'.");
}
