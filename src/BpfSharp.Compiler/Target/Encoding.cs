using System.Collections.Immutable;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

/// <summary>Encodes a laid-out function: jumps get distances, frame slots offsets, symbols become relocations.</summary>
internal static class Encoding
{
    /// <summary>Encodes <paramref name="function"/>; null if a jump is longer than 16 bits can say.</summary>
    /// <param name="function">The function, in final order.</param>
    /// <param name="globals">The section and offset of each global.</param>
    public static FunctionSpec? Run(MachineFunction function, IReadOnlyDictionary<string, (string Section, int Offset)> globals)
    {
        Dictionary<MachineBlock, int> starts = [];
        int position = 0;
        foreach (MachineBlock block in function.Blocks)
        {
            starts[block] = position;
            position += block.Instructions.Sum(static i => i.Length);
        }
        ImmutableArray<Instruction>.Builder code = ImmutableArray.CreateBuilder<Instruction>(position);
        ImmutableArray<RelocationSpec>.Builder relocations = ImmutableArray.CreateBuilder<RelocationSpec>();
        ImmutableArray<CoreRelocationSpec>.Builder coreRelocations = ImmutableArray.CreateBuilder<CoreRelocationSpec>();
        ImmutableArray<LineSpec>.Builder lines = ImmutableArray.CreateBuilder<LineSpec>();
        int lastDebugId = -1;
        foreach (MachineInstruction instruction in function.Blocks.SelectMany(static b => b.Instructions))
        {
            int debugId = instruction.DebugId != 0 ? instruction.DebugId : lastDebugId > 0 ? lastDebugId : function.Source.DebugId;
            if (debugId != lastDebugId && debugId != 0)
            {
                lines.Add(new LineSpec(code.Count, "", debugId, 0, ""));
                lastDebugId = debugId;
            }
            if (instruction.Core is CoreAccess core) coreRelocations.Add(new CoreRelocationSpec(code.Count, core.TypeId, core.Access, core.Kind));
            if (instruction.Symbol is not null) relocations.Add(Relocate(instruction, code.Count, globals));
            int offset = instruction.Offset, source = Math.Max(instruction.Source, 0);
            long immediate = instruction.Immediate;
            if (instruction.Slot is FrameSlot slot)
            {
                if (instruction.IsAlu) immediate += slot.Offset;
                else offset += slot.Offset;
            }
            if (instruction.Target is not null)
            {
                int distance = starts[instruction.Target] - code.Count - 1;
                if (instruction.Code == Opcode.GotoLong) immediate = distance;
                else if (distance is < short.MinValue or > short.MaxValue) return null;
                else offset = distance;
            }
            if (instruction.Code == Opcode.LoadImmediate64)
            {
                bool isSymbol = instruction.Symbol is not null;
                source = !isSymbol ? 0 : instruction.Relocation switch
                {
                    RelocationKind.Map => PseudoSource.MapDescriptor,
                    RelocationKind.Data => PseudoSource.MapValue,
                    _ => PseudoSource.Function,
                };
                if (isSymbol) immediate = 0;
                code.Add(Instruction.Create(instruction.Code, instruction.Destination, source, 0, (int)immediate));
                code.Add(Instruction.Create(0, 0, 0, 0, (int)(immediate >> 32)));
                continue;
            }
            code.Add(Instruction.Create(instruction.Code, Math.Max(instruction.Destination, 0), source, offset, checked((int)immediate)));
        }
        Function origin = function.Source;
        return new FunctionSpec
        {
            Name = origin.Name,
            Section = origin.Section,
            IsGlobal = origin.IsProgram || origin.IsGlobal,
            Instructions = code.MoveToImmutable(),
            Relocations = relocations.ToImmutable(),
            CoreRelocations = coreRelocations.ToImmutable(),
            Lines = lines.ToImmutable(),
            BtfTypeId = origin.BtfTypeId,
        };
    }

    private static RelocationSpec Relocate(MachineInstruction instruction, int index, IReadOnlyDictionary<string, (string Section, int Offset)> globals)
    {
        if (instruction.Relocation != RelocationKind.Data) return new RelocationSpec(index, instruction.Relocation, instruction.Symbol!, 0);
        (string section, int offset) = globals[instruction.Symbol!];
        return new RelocationSpec(index, RelocationKind.Data, section, checked(offset + (int)instruction.Immediate));
    }
}
