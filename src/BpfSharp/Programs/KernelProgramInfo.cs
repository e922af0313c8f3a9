using System.Buffers.Binary;
using System.Runtime.InteropServices;
using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Programs;

/// <summary><c>struct bpf_prog_info</c>. What a pointer is null for is not copied.</summary>
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

    /// <summary><c>jited_prog_insns</c>; null afterwards if the kernel does not show them.</summary>
    [FieldOffset(24)] public void* MachineCode;

    /// <summary><c>xlated_prog_insns</c>; null afterwards if the kernel does not show them.</summary>
    [FieldOffset(32)] public void* Instructions;

    /// <summary><c>load_time</c>, nanoseconds since boot.</summary>
    [FieldOffset(40)] public ulong LoadTime;

    /// <summary><c>created_by_uid</c>.</summary>
    [FieldOffset(48)] public uint UserId;

    /// <summary><c>nr_map_ids</c>.</summary>
    [FieldOffset(52)] public uint MapCount;

    /// <summary><c>map_ids</c>.</summary>
    [FieldOffset(56)] public void* MapIds;

    /// <summary><c>name</c>.</summary>
    [FieldOffset(64)] public KernelName Name;

    /// <summary><c>gpl_compatible</c>, the lowest bit.</summary>
    [FieldOffset(84)] public uint GplCompatible;

    /// <summary><c>nr_jited_ksyms</c>.</summary>
    [FieldOffset(104)] public uint AddressCount;

    /// <summary><c>nr_jited_func_lens</c>.</summary>
    [FieldOffset(108)] public uint LengthCount;

    /// <summary><c>jited_ksyms</c>; null afterwards if the kernel does not show them.</summary>
    [FieldOffset(112)] public void* Addresses;

    /// <summary><c>jited_func_lens</c>; null afterwards if the kernel does not show them.</summary>
    [FieldOffset(120)] public void* Lengths;

    /// <summary><c>btf_id</c>.</summary>
    [FieldOffset(128)] public uint BtfId;

    /// <summary><c>func_info_rec_size</c>.</summary>
    [FieldOffset(132)] public uint FunctionSize;

    /// <summary><c>func_info</c>.</summary>
    [FieldOffset(136)] public void* Functions;

    /// <summary><c>nr_func_info</c>.</summary>
    [FieldOffset(144)] public uint FunctionCount;

    /// <summary><c>nr_line_info</c>.</summary>
    [FieldOffset(148)] public uint LineCount;

    /// <summary><c>line_info</c>.</summary>
    [FieldOffset(152)] public void* Lines;

    /// <summary><c>jited_line_info</c>; null afterwards if the kernel does not show them.</summary>
    [FieldOffset(160)] public void* LineAddresses;

    /// <summary><c>nr_jited_line_info</c>.</summary>
    [FieldOffset(168)] public uint LineAddressCount;

    /// <summary><c>line_info_rec_size</c>.</summary>
    [FieldOffset(172)] public uint LineSize;

    /// <summary><c>jited_line_info_rec_size</c>.</summary>
    [FieldOffset(176)] public uint LineAddressSize;

    /// <summary><c>nr_prog_tags</c>.</summary>
    [FieldOffset(180)] public uint TagCount;

    /// <summary><c>prog_tags</c>.</summary>
    [FieldOffset(184)] public void* Tags;

    /// <summary><c>run_time_ns</c>.</summary>
    [FieldOffset(192)] public ulong RunTime;

    /// <summary><c>run_cnt</c>.</summary>
    [FieldOffset(200)] public ulong RunCount;

    /// <summary><c>recursion_misses</c>.</summary>
    [FieldOffset(208)] public ulong RecursionMisses;

    /// <summary><c>verified_insns</c>.</summary>
    [FieldOffset(216)] public uint VerifiedInstructions;

    /// <summary><c>attach_btf_obj_id</c>.</summary>
    [FieldOffset(220)] public uint AttachBtfId;

    /// <summary><c>attach_btf_id</c>.</summary>
    [FieldOffset(224)] public uint AttachTypeId;

    /// <summary>Asks the kernel about a program.</summary>
    public static BpfProgramInfo Read(int fd, string what)
    {
        KernelProgramInfo info = default;
        int known = Ask(fd, &info, what);
        return new BpfProgramInfo
        {
            Id = info.Id,
            Name = info.Name.ToString(),
            Type = (ProgramType)info.Type,
            Tag = BinaryPrimitives.ReverseEndianness(info.Tag),
            JitedLength = (int)info.JitedLength,
            TranslatedLength = (int)info.TranslatedLength,
            LoadTime = TimeSpan.FromTicks((long)(info.LoadTime / 100)),
            UserId = info.UserId,
            IsGplCompatible = (info.GplCompatible & 1) != 0,
            MapCount = (int)info.MapCount,
            BtfId = info.BtfId,
            RunTimeNanoseconds = info.RunTime,
            RunCount = info.RunCount,
            RecursionMisses = known > 208 ? info.RecursionMisses : null,
            VerifiedInstructions = known > 216 ? info.VerifiedInstructions : null,
            // Before it was there, the first of the two was what fills up the structure.
            AttachBtfId = known > 224 ? info.AttachBtfId : null,
            AttachTypeId = known > 224 ? info.AttachTypeId : null,
        };
    }

    /// <summary>Fills the structure, and the memory that its pointers name.</summary>
    /// <returns>How many bytes of it this kernel knows.</returns>
    public static int Ask(int fd, KernelProgramInfo* info, string what)
    {
        uint length = (uint)sizeof(KernelProgramInfo);
        BpfError.Check(BpfSyscall.ObjectInfo(fd, info, ref length), $"read the information of {what}");
        return (int)length;
    }
}
