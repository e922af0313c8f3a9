using BpfSharp.Objects.Binary;
using BpfSharp.Objects.Elf;
using BpfSharp.Objects.Instructions;
using static BpfSharp.Objects.Elf.ElfConstants;

namespace BpfSharp.Objects.Reading;

internal readonly ref partial struct ObjectParser
{
    private void ReadRelocations(MapTable maps)
    {
        foreach (ElfSection section in _elf.Sections)
        {
            if (section.Type != SectionRelocations || section.Info > int.MaxValue || !_code.TryGetValue((int)section.Info, out CodeDraft? code))
                continue;
            foreach (ElfRelocation relocation in _elf.Relocations(section))
            {
                // Instructions outside of every function are never loaded.
                if (relocation.Offset > int.MaxValue || code.At((long)relocation.Offset) is not { } function)
                    continue;
                ReadRelocation(function, relocation, maps);
            }
        }
        foreach (CodeDraft code in _code.Values)
            ReadLocalCalls(code);
    }

    private void ReadRelocation(FunctionDraft function, ElfRelocation relocation, MapTable maps)
    {
        int distance = (int)relocation.Offset - function.Start;
        int index = distance / Instruction.Size;
        ElfSymbol symbol = _elf.Symbols[relocation.Symbol];
        ref Instruction instruction = ref function.Code[index];
        if (distance % Instruction.Size != 0)
            throw Error("The relocation is within an instruction.");
        if (function.HasRelocation(index))
            throw Error("The instruction has two relocations.");
        bool isLoad = instruction.IsLoadImmediate64 && index + 1 < function.Code.Length;
        if (!isLoad && !instruction.IsCall)
            throw Error($"The relocation against '{symbol.Name}' is for no call and no ld_imm64.");

        int addend = instruction.Immediate;
        RelocationSpec result;
        if (symbol.Section == SectionIndexUndefined && symbol.Name.Length > 0)
            result = new RelocationSpec(index, RelocationKind.Extern, symbol.Name, 0);
        else if (symbol.Section is SectionIndexUndefined or >= SectionIndexReserved)
            throw Error($"'{symbol.Name}' is in no section.");
        else if (_code.TryGetValue(symbol.Section, out CodeDraft? code))
            result = Function(code, isLoad ? addend : (addend + 1L) * Instruction.Size);
        else if (!isLoad)
            throw Error($"The call's target '{symbol.Name}' is no function.");
        else if (_elf.Sections[symbol.Section].Name == MapsSection)
            result = maps.At((long)Math.Min(symbol.Value, int.MaxValue)) is { } map
                ? new RelocationSpec(index, RelocationKind.Map, map.Name, 0)
                : throw Error($"'{symbol.Name}' is no map.");
        else if (IsData(_elf.Sections[symbol.Section]))
            result = new RelocationSpec(index, RelocationKind.Data, _elf.Sections[symbol.Section].Name, unchecked((int)symbol.Value + addend));
        else
            throw Error($"'{symbol.Name}' is in section '{_elf.Sections[symbol.Section].Name}', which holds no data.");

        function.Add(result);
        if (isLoad)
        {
            instruction = Instruction.Create(instruction.Code, instruction.Destination, 0, instruction.Offset, 0);
            function.Code[index + 1] = default;
        }
        else
        {
            instruction = Call(instruction);
        }

        RelocationSpec Function(CodeDraft target, long offset) =>
            target.StartingAt(unchecked((long)symbol.Value + offset)) is { } found
                ? new RelocationSpec(index, isLoad ? RelocationKind.Function : RelocationKind.Call, found.Name, 0)
                : throw Error($"No function starts at '{symbol.Name}'+{offset} in '{target.Name}'.");

        ObjectFormatException Error(string problem) => new(function.Section, (long)relocation.Offset, problem);
    }

    /// <summary>Clang resolves calls of static functions in the same section itself.</summary>
    private static void ReadLocalCalls(CodeDraft code)
    {
        foreach (FunctionDraft function in code.Functions)
        {
            for (int i = 0; i < function.Code.Length; i++)
            {
                ref Instruction instruction = ref function.Code[i];
                if (!instruction.IsCall || instruction.Source != PseudoSource.Call || function.HasRelocation(i))
                    continue;
                int at = function.Start + (i * Instruction.Size);
                if (code.StartingAt(at + ((instruction.Immediate + 1L) * Instruction.Size)) is not { } target)
                    throw new ObjectFormatException(code.Name, at, "The call's target is no function.");
                function.Add(new RelocationSpec(i, RelocationKind.Call, target.Name, 0));
                instruction = Call(instruction);
            }
        }
    }

    private static Instruction Call(Instruction instruction) =>
        Instruction.Create(instruction.Code, instruction.Destination, PseudoSource.Call, instruction.Offset, -1);
}
