using BpfSharp.Objects.Binary;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Objects.Writing;

/// <summary>Writes <c>.BTF.ext</c>: which function, source line and CO-RE relocation belongs to which instruction.</summary>
internal sealed class BtfExtensionWriter(StringTable strings)
{
    private const int MaximumLine = (1 << 22) - 1;
    private const int MaximumColumn = (1 << 10) - 1;

    /// <summary>The section, or null if there is nothing to say.</summary>
    public byte[]? Write(List<CodeSection> sections)
    {
        ByteBuffer functions = Subsection(sections, 8, static f => f.BtfTypeId == 0 ? 0 : 1, WriteFunction);
        ByteBuffer lines = Subsection(sections, 16, static f => f.Lines.Length, WriteLines);
        ByteBuffer relocations = Subsection(sections, 16, static f => f.CoreRelocations.Length, WriteRelocations);
        if (functions.Length + lines.Length + relocations.Length == 0)
            return null;

        var result = new ByteBuffer();
        result.U16(BtfHeader.Magic);
        result.U8(BtfHeader.Version);
        result.U8(0);
        result.U32(BtfHeader.ExtSize);
        int offset = 0;
        foreach (ByteBuffer part in (ByteBuffer[])[functions, lines, relocations])
        {
            result.U32(offset);
            result.U32(part.Length);
            offset += part.Length;
        }
        result.Bytes(functions);
        result.Bytes(lines);
        result.Bytes(relocations);
        return result.ToArray();
    }

    private ByteBuffer Subsection(
        List<CodeSection> sections, int recordSize, Func<FunctionSpec, int> count, Action<ByteBuffer, FunctionSpec, int> write)
    {
        var result = new ByteBuffer();
        foreach (CodeSection section in sections)
        {
            int total = section.Functions.Sum(count);
            if (total == 0)
                continue;
            if (result.Length == 0)
                result.U32(recordSize);
            result.U32(strings.Add(section.Name));
            result.U32(total);
            int start = 0;
            foreach (FunctionSpec function in section.Functions)
            {
                write(result, function, start);
                start += function.Instructions.Length * Instruction.Size;
            }
        }
        return result;
    }

    private static void WriteFunction(ByteBuffer data, FunctionSpec function, int start)
    {
        if (function.BtfTypeId == 0)
            return;
        data.U32(start);
        data.U32(function.BtfTypeId);
    }

    private void WriteLines(ByteBuffer data, FunctionSpec function, int start)
    {
        foreach (LineSpec line in function.Lines)
        {
            data.U32(start + (line.Index * Instruction.Size));
            data.U32(strings.Add(line.File));
            data.U32(strings.Add(line.Text));
            data.U32(((uint)Math.Min(line.Line, MaximumLine) << 10) | (uint)Math.Min(line.Column, MaximumColumn));
        }
    }

    private void WriteRelocations(ByteBuffer data, FunctionSpec function, int start)
    {
        foreach (CoreRelocationSpec relocation in function.CoreRelocations)
        {
            data.U32(start + (relocation.Index * Instruction.Size));
            data.U32(relocation.TypeId);
            data.U32(strings.Add(relocation.Access));
            data.U32((uint)relocation.Kind);
        }
    }
}
