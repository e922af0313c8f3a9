using BpfSharp.Objects.Instructions;

namespace BpfSharp.Loading.Core;

/// <summary>Writes a relocation's answer into an instruction.</summary>
internal static class CorePatch
{
    /// <summary>The helper number that stands for a missing target (0xbad2310, "bad relo"), as libbpf writes it.</summary>
    public const int MissingHelper = 195896080;

    private static readonly Instruction Poison = new(Opcode.Call, 0, 0, MissingHelper);

    /// <summary>Fills in an instruction.</summary>
    /// <param name="code">The function's instructions.</param>
    /// <param name="index">The instruction.</param>
    /// <param name="result">The answer.</param>
    /// <returns>Why the instruction was replaced by one that must not run; null if it was not.</returns>
    /// <exception cref="CoreException">The instruction is not what the relocation expects.</exception>
    public static CoreRefusal? Apply(Span<Instruction> code, int index, CoreResult result)
    {
        Instruction instruction = code[index];
        if (result.IsMissing)
        {
            MakePoison(code, index);
            return CoreRefusal.Missing;
        }

        switch (instruction.Class)
        {
            case OpcodeClass.Alu32 or OpcodeClass.Alu64:
                if ((instruction.Code & OperandSource.Register) != 0) throw Unexpected(instruction);
                Validate(result, (ulong)instruction.Immediate, instruction);
                code[index] = instruction with { Immediate = unchecked((int)result.New.Value) };
                return null;
            case OpcodeClass.LoadIndirect or OpcodeClass.Store or OpcodeClass.StoreIndirect:
                return Memory(code, index, result);
            case OpcodeClass.Load:
                if (!instruction.IsLoadImmediate64 || index + 1 >= code.Length || instruction.Source != 0 || instruction.Offset != 0
                    || code[index + 1] is not { Code: 0, Registers: 0, Offset: 0 } high)
                    throw Unexpected(instruction);
                Validate(result, (uint)instruction.Immediate | ((ulong)high.Immediate << 32), instruction);
                code[index] = instruction with { Immediate = unchecked((int)result.New.Value) };
                code[index + 1] = high with { Immediate = unchecked((int)(result.New.Value >> 32)) };
                return null;
            default:
                throw Unexpected(instruction);
        }
    }

    private static CoreRefusal? Memory(Span<Instruction> code, int index, CoreResult result)
    {
        Instruction instruction = code[index];
        Validate(result, (ulong)instruction.Offset, instruction);
        if (result.New.Value > (ulong)short.MaxValue) throw new CoreException($"its offset {result.New.Value} does not fit into the instruction `{instruction}`");
        if (!result.CanResize)
        {
            MakePoison(code, index);
            return result.New.Size == 0 ? CoreRefusal.BitField : CoreRefusal.Size(result.New.Size, result.Old.Size);
        }

        int width = instruction.Code;
        if (result.New.Size != result.Old.Size)
        {
            if (MemorySize.Bytes(width) != result.Old.Size) throw new CoreException($"the instruction `{instruction}` does not access {result.Old.Size} bytes");
            if (result.New.Size is not (1 or 2 or 4 or 8)) throw new CoreException($"{result.New.Size} bytes cannot be accessed at once");
            width = (width & ~MemorySize.DoubleWord) | MemorySize.FromBytes((int)result.New.Size);
        }

        code[index] = instruction with { Code = (byte)width, Offset = (short)result.New.Value };
        return null;
    }

    private static void MakePoison(Span<Instruction> code, int index)
    {
        // The second half too, or the verifier complains about an unknown opcode there.
        if (code[index].IsLoadImmediate64 && index + 1 < code.Length) code[index + 1] = Poison;
        code[index] = Poison;
    }

    private static void Validate(CoreResult result, ulong held, Instruction instruction)
    {
        if (result.Old.IsExact && held != result.Old.Value)
            throw new CoreException($"the instruction `{instruction}` holds {(long)held} where its types say {result.Old.Value}; the object was changed after it was compiled");
    }

    private static CoreException Unexpected(Instruction instruction) => new($"the instruction `{instruction}` cannot be relocated");
}
