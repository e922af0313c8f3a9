using System.Buffers.Binary;
using BpfSharp.Loading;
using BpfSharp.Loading.Core;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Programs;

/// <summary>The parts of a program's information that the kernel copies into the caller's memory: each is asked for twice, for how long it is and for itself.</summary>
internal static unsafe class ProgramDetails
{
    /// <inheritdoc cref="BpfProgram.GetMapIds"/>
    public static uint[] MapIds(int fd, string what)
    {
        uint[] ids = new uint[Counts(fd, what).MapCount];
        fixed (uint* p = ids)
        {
            KernelProgramInfo info = new() { MapCount = (uint)ids.Length, MapIds = p };
            KernelProgramInfo.Ask(fd, &info, what);
        }

        return ids;
    }

    /// <inheritdoc cref="BpfProgram.GetInstructions"/>
    public static Instruction[] Instructions(int fd, string what)
    {
        Instruction[] code = new Instruction[Counts(fd, what).TranslatedLength / Instruction.Size];
        fixed (Instruction* p = code)
        {
            KernelProgramInfo info = new() { TranslatedLength = (uint)(code.Length * Instruction.Size), Instructions = p };
            KernelProgramInfo.Ask(fd, &info, what);
            return info.Instructions is null ? [] : code;
        }
    }

    /// <inheritdoc cref="BpfProgram.GetMachineCode"/>
    public static byte[] MachineCode(int fd, string what)
    {
        byte[] code = new byte[Counts(fd, what).JitedLength];
        fixed (byte* p = code)
        {
            KernelProgramInfo info = new() { JitedLength = (uint)code.Length, MachineCode = p };
            KernelProgramInfo.Ask(fd, &info, what);
            return info.MachineCode is null ? [] : code;
        }
    }

    /// <inheritdoc cref="BpfProgram.GetFunctions"/>
    public static BpfProgramFunction[] Functions(int fd, string what)
    {
        KernelProgramInfo info = Counts(fd, what);
        bool isJited = info.JitedLength > 0;
        ulong tag = info.Tag;
        Function[] types = new Function[info.FunctionCount];
        ulong[] tags = new ulong[info.TagCount], addresses = new ulong[info.AddressCount];
        uint[] lengths = new uint[info.LengthCount];
        fixed (Function* t = types)
        fixed (ulong* g = tags, a = addresses)
        fixed (uint* l = lengths)
        {
            info = new()
            {
                FunctionCount = (uint)types.Length,
                FunctionSize = DebugRecords.FunctionRecordSize,
                Functions = t,
                TagCount = (uint)tags.Length,
                Tags = g,
                AddressCount = (uint)addresses.Length,
                Addresses = a,
                LengthCount = (uint)lengths.Length,
                Lengths = l,
            };
            KernelProgramInfo.Ask(fd, &info, what);
            // Of an interpreted program there is the interpreter's address.
            if (!isJited || info.Addresses is null) addresses = [];
            if (!isJited || info.Lengths is null) lengths = [];
        }

        using RawBtf? btf = types.Length > 0 ? OpenTypes(info.BtfId) : null;
        BpfProgramFunction[] functions = new BpfProgramFunction[tags.Length];
        for (int i = 0; i < functions.Length; i++)
        {
            (string name, int? index, uint type) = i < types.Length && btf is not null
                ? (btf.TextAt(btf[types[i].TypeId].NameOffset), (int?)types[i].Index, types[i].TypeId)
                : ("", null, 0u);
            // The entry's symbol has the tag of the program, which newer kernels compute otherwise than that of its function.
            functions[i] = new(
                name, index, type, BinaryPrimitives.ReverseEndianness(i == 0 ? tag : tags[i]),
                i < addresses.Length ? addresses[i] : null, i < lengths.Length ? (int)lengths[i] : null);
        }

        return functions;
    }

    /// <inheritdoc cref="BpfProgram.GetLines"/>
    public static BpfProgramLine[] Lines(int fd, string what)
    {
        KernelProgramInfo info = Counts(fd, what);
        Line[] lines = new Line[info.LineCount];
        ulong[] addresses = new ulong[info.LineAddressCount];
        if (lines.Length == 0) return [];
        fixed (Line* l = lines)
        fixed (ulong* a = addresses)
        {
            info = new()
            {
                LineCount = (uint)lines.Length,
                LineSize = DebugRecords.LineRecordSize,
                Lines = l,
                LineAddressCount = (uint)addresses.Length,
                LineAddressSize = sizeof(ulong),
                LineAddresses = a,
            };
            KernelProgramInfo.Ask(fd, &info, what);
            if (info.LineAddresses is null) addresses = [];
        }

        using RawBtf btf = OpenTypes(info.BtfId);
        // Most lines are of the same file as the one before.
        (uint offset, string file) = (uint.MaxValue, "");
        BpfProgramLine[] result = new BpfProgramLine[lines.Length];
        for (int i = 0; i < lines.Length; i++)
        {
            Line line = lines[i];
            if (line.File != offset) (offset, file) = (line.File, btf.TextAt(line.File));
            result[i] = new(
                (int)line.Index, file, (int)(line.Position >> DebugRecords.ColumnBits), (int)(line.Position & ((1 << DebugRecords.ColumnBits) - 1)), btf.TextAt(line.Text),
                i < addresses.Length ? addresses[i] : null);
        }

        return result;
    }

    private static KernelProgramInfo Counts(int fd, string what)
    {
        KernelProgramInfo info = default;
        KernelProgramInfo.Ask(fd, &info, what);
        return info;
    }

    private static RawBtf OpenTypes(uint id)
    {
        using BpfBtf btf = BpfBtf.OpenById(id);
        return new RawBtf(NativeBytes.Copy(btf.GetBytes()), $"BTF {id}");
    }

    /// <summary><c>struct bpf_func_info</c>.</summary>
    private readonly record struct Function(uint Index, uint TypeId);

    /// <summary><c>struct bpf_line_info</c>.</summary>
    private readonly record struct Line(uint Index, uint File, uint Text, uint Position);
}
