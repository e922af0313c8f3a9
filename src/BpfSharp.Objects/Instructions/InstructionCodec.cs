using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace BpfSharp.Objects.Instructions;

/// <summary>Converts instructions to and from their 8 little-endian bytes, whatever the machine's byte order.</summary>
public static class InstructionCodec
{
    /// <summary>Reads all instructions of a section.</summary>
    /// <param name="bytes">A whole number of instructions.</param>
    /// <exception cref="ArgumentException">The length is no multiple of 8.</exception>
    public static ImmutableArray<Instruction> Decode(ReadOnlySpan<byte> bytes) => ImmutableCollectionsMarshal.AsImmutableArray(DecodeAll(bytes));

    /// <summary>The same, as an array of the caller's own.</summary>
    internal static Instruction[] DecodeAll(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % Instruction.Size != 0)
            throw new ArgumentException("The length is no multiple of 8 bytes.", nameof(bytes));
        if (BitConverter.IsLittleEndian)
            return MemoryMarshal.Cast<byte, Instruction>(bytes).ToArray();
        var result = new Instruction[bytes.Length / Instruction.Size];
        for (int i = 0; i < result.Length; i++)
            result[i] = DecodeOne(bytes.Slice(i * Instruction.Size));
        return result;
    }

    /// <summary>Reads the instruction at the start of <paramref name="bytes"/>.</summary>
    public static Instruction DecodeOne(ReadOnlySpan<byte> bytes) => new(
        bytes[0],
        bytes[1],
        BinaryPrimitives.ReadInt16LittleEndian(bytes.Slice(2)),
        BinaryPrimitives.ReadInt32LittleEndian(bytes.Slice(4)));

    /// <summary>The bytes of <paramref name="instructions"/>.</summary>
    public static byte[] Encode(ReadOnlySpan<Instruction> instructions)
    {
        var result = new byte[instructions.Length * Instruction.Size];
        for (int i = 0; i < instructions.Length; i++)
            EncodeOne(instructions[i], result.AsSpan(i * Instruction.Size));
        return result;
    }

    /// <summary>Writes one instruction to the first 8 bytes of <paramref name="destination"/>.</summary>
    public static void EncodeOne(Instruction instruction, Span<byte> destination)
    {
        destination[0] = instruction.Code;
        destination[1] = instruction.Registers;
        BinaryPrimitives.WriteInt16LittleEndian(destination.Slice(2), instruction.Offset);
        BinaryPrimitives.WriteInt32LittleEndian(destination.Slice(4), instruction.Immediate);
    }
}
