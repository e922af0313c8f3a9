using System.Buffers.Binary;
using BpfSharp.Objects;

namespace BpfSharp.Loading;

/// <summary>The function and line records that go with a program (<c>struct bpf_func_info</c>, <c>struct bpf_line_info</c>).</summary>
internal static class DebugRecords
{
    /// <summary>Bytes of a function record.</summary>
    public const int FunctionRecordSize = 8;

    /// <summary>Bytes of a line record.</summary>
    public const int LineRecordSize = 16;

    /// <summary>Bits of a line record's last word that are the column; the line's number is above them.</summary>
    public const int ColumnBits = 10;

    /// <summary>Writes the records of all functions of a program; each is empty where the kernel could not take it.</summary>
    public static (byte[] Functions, byte[] Lines) Write(LinkedProgram program, LoadedBtf btf)
    {
        // The kernel wants a record for every function or for none, and a line at the start of each.
        if (!btf.IsLoaded) return ([], []);
        int count = 0;
        bool complete = true;
        foreach ((FunctionSpec function, _) in program.Functions)
        {
            if (function.BtfTypeId == 0) return ([], []);
            count += function.Lines.Length;
            complete &= !function.Lines.IsEmpty && function.Lines[0].Index == 0;
        }

        byte[] functions = new byte[program.Functions.Count * FunctionRecordSize];
        Span<byte> at = functions;
        foreach ((FunctionSpec function, int start) in program.Functions)
        {
            BinaryPrimitives.WriteInt32LittleEndian(at, start);
            BinaryPrimitives.WriteInt32LittleEndian(at[4..], function.BtfTypeId);
            at = at[FunctionRecordSize..];
        }

        if (!complete) return (functions, []);
        byte[] lines = new byte[count * LineRecordSize];
        at = lines;
        foreach ((FunctionSpec function, int start) in program.Functions)
        {
            (string? file, uint fileOffset) = (null, 0);
            foreach (LineSpec line in function.Lines)
            {
                if (!ReferenceEquals(file, line.File)) (file, fileOffset) = (line.File, btf.String(line.File));
                BinaryPrimitives.WriteInt32LittleEndian(at, start + line.Index);
                BinaryPrimitives.WriteUInt32LittleEndian(at[4..], fileOffset);
                BinaryPrimitives.WriteUInt32LittleEndian(at[8..], btf.String(line.Text));
                BinaryPrimitives.WriteUInt32LittleEndian(at[12..], ((uint)line.Line << ColumnBits) | ((uint)line.Column & ((1 << ColumnBits) - 1)));
                at = at[LineRecordSize..];
            }
        }

        return (functions, lines);
    }
}
