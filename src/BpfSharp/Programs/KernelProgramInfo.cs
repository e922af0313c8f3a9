using System.Buffers.Binary;
using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Programs;

/// <summary><c>struct bpf_prog_info</c>. The pointers stay null: nothing is copied through them.</summary>
[StructLayout(LayoutKind.Explicit, Size = 232)]
internal unsafe struct KernelProgramInfo
{
    /// <summary><c>type</c>.</summary>
    [FieldOffset(0)] public uint Type;

    /// <summary><c>id</c>.</summary>
    [FieldOffset(4)] public uint Id;

    /// <summary><c>tag</c>: eight bytes, which are written as digits in their order.</summary>
    [FieldOffset(8)] public ulong Tag;

    /// <summary><c>jited_prog_len</c>.</summary>
    [FieldOffset(16)] public uint JitedLength;

    /// <summary><c>xlated_prog_len</c>.</summary>
    [FieldOffset(20)] public uint TranslatedLength;

    /// <summary><c>load_time</c>, nanoseconds since boot.</summary>
    [FieldOffset(40)] public ulong LoadTime;

    /// <summary><c>nr_map_ids</c>.</summary>
    [FieldOffset(52)] public uint MapCount;

    /// <summary><c>name</c>.</summary>
    [FieldOffset(64)] public KernelName Name;

    /// <summary><c>btf_id</c>.</summary>
    [FieldOffset(128)] public uint BtfId;

    /// <summary><c>run_time_ns</c>.</summary>
    [FieldOffset(192)] public ulong RunTime;

    /// <summary><c>run_cnt</c>.</summary>
    [FieldOffset(200)] public ulong RunCount;

    /// <summary><c>recursion_misses</c>.</summary>
    [FieldOffset(208)] public ulong RecursionMisses;

    /// <summary><c>verified_insns</c>.</summary>
    [FieldOffset(216)] public uint VerifiedInstructions;

    /// <summary>Asks the kernel about a program.</summary>
    public static BpfProgramInfo Read(int fd, string what)
    {
        KernelProgramInfo info = default;
        uint length = (uint)sizeof(KernelProgramInfo);
        BpfError.Check(BpfSyscall.ObjectInfo(fd, &info, ref length), $"read the information of {what}");
        return new BpfProgramInfo
        {
            Id = info.Id,
            Name = info.Name.ToString(),
            Type = (ProgramType)info.Type,
            Tag = BinaryPrimitives.ReverseEndianness(info.Tag),
            JitedLength = (int)info.JitedLength,
            TranslatedLength = (int)info.TranslatedLength,
            LoadTime = TimeSpan.FromTicks((long)(info.LoadTime / 100)),
            MapCount = (int)info.MapCount,
            BtfId = info.BtfId,
            RunTimeNanoseconds = info.RunTime,
            RunCount = info.RunCount,
            RecursionMisses = info.RecursionMisses,
            VerifiedInstructions = info.VerifiedInstructions,
        };
    }
}
