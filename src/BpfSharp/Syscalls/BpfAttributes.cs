using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Syscalls;

// The members of the kernel's union bpf_attr, one struct per command, each as long as the fields it sets: the kernel takes
// what it is not given as zero, and an older kernel accepts it as long as it knows the fields.

/// <summary>The arguments of <c>BPF_MAP_CREATE</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MapCreateAttributes
{
    /// <summary><c>map_type</c>.</summary>
    public uint MapType;
    /// <summary><c>key_size</c>.</summary>
    public uint KeySize;
    /// <summary><c>value_size</c>.</summary>
    public uint ValueSize;
    /// <summary><c>max_entries</c>.</summary>
    public uint MaxEntries;
    /// <summary><c>map_flags</c>.</summary>
    public uint Flags;
    /// <summary><c>inner_map_fd</c>.</summary>
    public int InnerMapFd;
    /// <summary><c>numa_node</c>.</summary>
    public int NumaNode;
    /// <summary><c>map_name</c>.</summary>
    public KernelName Name;
    /// <summary><c>map_ifindex</c>.</summary>
    public uint InterfaceIndex;
    /// <summary><c>btf_fd</c>.</summary>
    public int BtfFd;
    /// <summary><c>btf_key_type_id</c>.</summary>
    public uint KeyTypeId;
    /// <summary><c>btf_value_type_id</c>.</summary>
    public uint ValueTypeId;
    /// <summary><c>btf_vmlinux_value_type_id</c>.</summary>
    public uint KernelValueTypeId;
    /// <summary><c>map_extra</c>.</summary>
    public ulong Extra;
    /// <summary><c>value_type_btf_obj_fd</c> (kernel 6.9).</summary>
    public int KernelValueTypeFd;
    /// <summary><c>map_token_fd</c>, unused here.</summary>
    public int TokenFd;
}

/// <summary>The arguments of <c>BPF_MAP_*_ELEM</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MapElementAttributes
{
    /// <summary>The bytes up to <see cref="Key"/>; the kernel takes the rest for zero.</summary>
    public const int SizeToKey = 16;

    /// <summary><c>map_fd</c>.</summary>
    public int MapFd;
    /// <summary>Keeps the fields behind it aligned; zero.</summary>
    public uint Padding;
    /// <summary><c>key</c>.</summary>
    public void* Key;
    /// <summary><c>value or next_key</c>.</summary>
    public void* Value;
    /// <summary><c>flags</c>.</summary>
    public ulong Flags;
}

/// <summary>The arguments of <c>BPF_MAP_*_BATCH</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MapBatchAttributes
{
    /// <summary><c>in_batch</c>.</summary>
    public void* InBatch;
    /// <summary><c>out_batch</c>.</summary>
    public void* OutBatch;
    /// <summary><c>keys</c>.</summary>
    public void* Keys;
    /// <summary><c>values</c>.</summary>
    public void* Values;
    /// <summary><c>count</c>, in and out.</summary>
    public uint Count;
    /// <summary><c>map_fd</c>.</summary>
    public int MapFd;
    /// <summary><c>elem_flags</c>.</summary>
    public ulong ElementFlags;
    /// <summary><c>flags</c>.</summary>
    public ulong Flags;
}

/// <summary>The arguments of <c>BPF_PROG_LOAD</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ProgramLoadAttributes
{
    /// <summary><c>prog_type</c>.</summary>
    public uint ProgramType;
    /// <summary><c>insn_cnt</c>.</summary>
    public uint InstructionCount;
    /// <summary><c>insns</c>.</summary>
    public void* Instructions;
    /// <summary><c>license</c>.</summary>
    public void* License;
    /// <summary><c>log_level</c>.</summary>
    public uint LogLevel;
    /// <summary><c>log_size</c>.</summary>
    public uint LogSize;
    /// <summary><c>log_buf</c>.</summary>
    public void* LogBuffer;
    /// <summary><c>kern_version</c>.</summary>
    public uint KernelVersion;
    /// <summary><c>prog_flags</c>.</summary>
    public uint Flags;
    /// <summary><c>prog_name</c>.</summary>
    public KernelName Name;
    /// <summary><c>prog_ifindex</c>.</summary>
    public uint InterfaceIndex;
    /// <summary><c>expected_attach_type</c>.</summary>
    public uint ExpectedAttachType;
    /// <summary><c>prog_btf_fd</c>.</summary>
    public int BtfFd;
    /// <summary><c>func_info_rec_size</c>.</summary>
    public uint FunctionInfoRecordSize;
    /// <summary><c>func_info</c>.</summary>
    public void* FunctionInfo;
    /// <summary><c>func_info_cnt</c>.</summary>
    public uint FunctionInfoCount;
    /// <summary><c>line_info_rec_size</c>.</summary>
    public uint LineInfoRecordSize;
    /// <summary><c>line_info</c>.</summary>
    public void* LineInfo;
    /// <summary><c>line_info_cnt</c>.</summary>
    public uint LineInfoCount;
    /// <summary><c>attach_btf_id</c>.</summary>
    public uint AttachTypeId;
    /// <summary><c>attach_prog_fd or attach_btf_obj_fd</c>.</summary>
    public int AttachTargetFd;
    /// <summary><c>core_relo_cnt</c>.</summary>
    public uint CoreRelocationCount;
    /// <summary><c>fd_array</c>.</summary>
    public void* FdArray;
    /// <summary><c>core_relos</c>.</summary>
    public void* CoreRelocations;
    /// <summary><c>core_relo_rec_size</c>.</summary>
    public uint CoreRelocationRecordSize;
    /// <summary><c>log_true_size</c>: from Linux 6.4 on, what the whole log takes, written by the kernel.</summary>
    public uint LogTrueSize;
}

/// <summary>The arguments of <c>BPF_OBJ_PIN and BPF_OBJ_GET</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ObjectPathAttributes
{
    /// <summary><c>pathname</c>.</summary>
    public byte* Path;
    /// <summary><c>bpf_fd</c>.</summary>
    public int Fd;
    /// <summary><c>file_flags</c>.</summary>
    public uint Flags;
}

/// <summary>The arguments of <c>BPF_PROG_ATTACH and BPF_PROG_DETACH</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ProgramAttachAttributes
{
    /// <summary><c>target_fd or target_ifindex</c>.</summary>
    public int TargetFd;
    /// <summary><c>attach_bpf_fd</c>.</summary>
    public int ProgramFd;
    /// <summary><c>attach_type</c>.</summary>
    public uint AttachType;
    /// <summary><c>attach_flags</c>.</summary>
    public uint Flags;
    /// <summary><c>replace_bpf_fd</c>.</summary>
    public int ReplaceFd;
}

/// <summary>The arguments of <c>BPF_PROG_QUERY</c>. Kernels refuse what they do not know yet unless it is zero.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ProgramQueryAttributes
{
    /// <summary><c>target_fd or target_ifindex</c>.</summary>
    public int Target;
    /// <summary><c>attach_type</c>.</summary>
    public uint AttachType;
    /// <summary><c>query_flags</c>.</summary>
    public uint QueryFlags;
    /// <summary><c>attach_flags</c>, written by the kernel.</summary>
    public uint AttachFlags;
    /// <summary><c>prog_ids</c>.</summary>
    public uint* ProgramIds;
    /// <summary><c>count</c>: how many there is room for, and how many there are.</summary>
    public uint Count;
    /// <summary>Keeps the fields behind it aligned; zero.</summary>
    public uint Padding;
    /// <summary><c>prog_attach_flags</c> (kernel 6.0).</summary>
    public uint* ProgramAttachFlags;
    /// <summary><c>link_ids</c> (kernel 6.6).</summary>
    public uint* LinkIds;
    /// <summary><c>link_attach_flags</c> (kernel 6.6).</summary>
    public uint* LinkAttachFlags;
    /// <summary><c>revision</c> (kernel 6.6), written by the kernel.</summary>
    public ulong Revision;
}

/// <summary>The arguments of <c>BPF_PROG_TEST_RUN</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TestRunAttributes
{
    /// <summary><c>prog_fd</c>.</summary>
    public int ProgramFd;
    /// <summary><c>retval</c>.</summary>
    public uint Result;
    /// <summary><c>data_size_in</c>.</summary>
    public uint DataSizeIn;
    /// <summary><c>data_size_out</c>.</summary>
    public uint DataSizeOut;
    /// <summary><c>data_in</c>.</summary>
    public void* DataIn;
    /// <summary><c>data_out</c>.</summary>
    public void* DataOut;
    /// <summary><c>repeat</c>.</summary>
    public uint Repeat;
    /// <summary><c>duration</c>, nanoseconds per run.</summary>
    public uint Duration;
    /// <summary><c>ctx_size_in</c>.</summary>
    public uint ContextSizeIn;
    /// <summary><c>ctx_size_out</c>.</summary>
    public uint ContextSizeOut;
    /// <summary><c>ctx_in</c>.</summary>
    public void* ContextIn;
    /// <summary><c>ctx_out</c>.</summary>
    public void* ContextOut;
    /// <summary><c>flags</c>.</summary>
    public uint Flags;
    /// <summary><c>cpu</c>.</summary>
    public uint Cpu;
    /// <summary><c>batch_size</c>.</summary>
    public uint BatchSize;
    /// <summary>Keeps the fields behind it aligned; zero.</summary>
    public uint Padding;
}

/// <summary>The arguments of <c>BPF_*_GET_NEXT_ID and BPF_*_GET_FD_BY_ID</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IdAttributes
{
    /// <summary><c>start_id or the object's id</c>.</summary>
    public uint Id;
    /// <summary><c>next_id</c>.</summary>
    public uint NextId;
    /// <summary><c>open_flags</c>.</summary>
    public uint OpenFlags;
}

/// <summary>The arguments of <c>BPF_OBJ_GET_INFO_BY_FD</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct InfoAttributes
{
    /// <summary><c>bpf_fd</c>.</summary>
    public int Fd;
    /// <summary><c>info_len</c>, in and out.</summary>
    public uint Length;
    /// <summary><c>info</c>.</summary>
    public void* Info;
}

/// <summary>The arguments of <c>BPF_RAW_TRACEPOINT_OPEN</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RawTracepointAttributes
{
    /// <summary><c>name</c>.</summary>
    public byte* Name;
    /// <summary><c>prog_fd</c>.</summary>
    public int ProgramFd;
    /// <summary>Keeps the fields behind it aligned; zero.</summary>
    public uint Padding;
    /// <summary><c>cookie</c> (kernel 6.10).</summary>
    public ulong Cookie;
}

/// <summary>The arguments of <c>BPF_BTF_LOAD</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BtfLoadAttributes
{
    /// <summary><c>btf</c>.</summary>
    public void* Btf;
    /// <summary><c>btf_log_buf</c>.</summary>
    public void* LogBuffer;
    /// <summary><c>btf_size</c>.</summary>
    public uint Size;
    /// <summary><c>btf_log_size</c>.</summary>
    public uint LogSize;
    /// <summary><c>btf_log_level</c>.</summary>
    public uint LogLevel;
    /// <summary><c>btf_log_true_size</c>.</summary>
    public uint LogTrueSize;
}

/// <summary>The arguments of <c>BPF_LINK_UPDATE</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LinkUpdateAttributes
{
    /// <summary><c>link_fd</c>.</summary>
    public int LinkFd;
    /// <summary><c>new_prog_fd</c>.</summary>
    public int NewProgramFd;
    /// <summary><c>flags</c>.</summary>
    public uint Flags;
    /// <summary><c>old_prog_fd</c>.</summary>
    public int OldProgramFd;
}

/// <summary>The arguments of <c>BPF_LINK_DETACH, BPF_MAP_FREEZE, BPF_ITER_CREATE and BPF_ENABLE_STATS</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FdFlagsAttributes
{
    /// <summary><c>link_fd, map_fd or the statistics type</c>.</summary>
    public int Fd;
    /// <summary><c>flags</c>.</summary>
    public uint Flags;
}

/// <summary>The arguments of <c>BPF_PROG_BIND_MAP</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BindMapAttributes
{
    /// <summary><c>prog_fd</c>.</summary>
    public int ProgramFd;
    /// <summary><c>map_fd</c>.</summary>
    public int MapFd;
    /// <summary><c>flags</c>.</summary>
    public uint Flags;
}

/// <summary>A name in the kernel: up to 15 bytes and a zero (<c>BPF_OBJ_NAME_LEN</c>).</summary>
[InlineArray(16)]
internal struct KernelName
{
    private byte _first;

    /// <summary>The part of a name that the kernel keeps; characters other than letters, digits, '_' and '.' become '_'.</summary>
    public static KernelName From(string name)
    {
        KernelName result = default;
        for (int i = 0; i < name.Length && i < 15; i++)
        {
            char c = name[i];
            result[i] = (byte)(char.IsAsciiLetterOrDigit(c) || c is '_' or '.' ? c : '_');
        }
        return result;
    }

    /// <summary>The name up to its zero.</summary>
    public override readonly string ToString()
    {
        ReadOnlySpan<byte> bytes = this;
        int end = bytes.IndexOf((byte)0);
        return System.Text.Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
