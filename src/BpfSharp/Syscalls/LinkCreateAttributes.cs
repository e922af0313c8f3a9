using System.Runtime.InteropServices;

namespace BpfSharp.Syscalls;

/// <summary>The arguments of <c>BPF_LINK_CREATE</c>; what stands from byte 16 on depends on the attach type.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct LinkCreateAttributes
{
    /// <summary><c>prog_fd</c> or <c>map_fd</c>.</summary>
    [FieldOffset(0)] public int ProgramFd;

    /// <summary><c>target_fd</c> or <c>target_ifindex</c>.</summary>
    [FieldOffset(4)] public int Target;

    /// <summary><c>attach_type</c>.</summary>
    [FieldOffset(8)] public uint AttachType;

    /// <summary><c>flags</c>.</summary>
    [FieldOffset(12)] public uint Flags;

    /// <summary><c>target_btf_id</c>, and <c>tracing.target_btf_id</c>.</summary>
    [FieldOffset(16)] public uint TargetTypeId;

    /// <summary><c>tracing.cookie</c> (kernel 6.0).</summary>
    [FieldOffset(24)] public ulong TracingCookie;

    /// <summary><c>iter_info</c>, with <see cref="IteratorInfoLength"/>.</summary>
    [FieldOffset(16)] public void* IteratorInfo;

    /// <summary><c>iter_info_len</c>.</summary>
    [FieldOffset(24)] public uint IteratorInfoLength;

    /// <summary><c>perf_event.bpf_cookie</c> (kernel 5.15).</summary>
    [FieldOffset(16)] public ulong PerfCookie;

    /// <summary><c>tcx.relative_fd</c> and <c>cgroup.relative_fd</c>, and of netkit (kernel 6.6).</summary>
    [FieldOffset(16)] public int RelativeFd;

    /// <summary><c>tcx.expected_revision</c> and its siblings (kernel 6.6).</summary>
    [FieldOffset(24)] public ulong ExpectedRevision;

    /// <summary><c>netfilter.pf</c> (kernel 6.4).</summary>
    [FieldOffset(16)] public uint NetfilterFamily;

    /// <summary><c>netfilter.hooknum</c>.</summary>
    [FieldOffset(20)] public uint NetfilterHook;

    /// <summary><c>netfilter.priority</c>.</summary>
    [FieldOffset(24)] public int NetfilterPriority;

    /// <summary><c>netfilter.flags</c>.</summary>
    [FieldOffset(28)] public uint NetfilterFlags;

    /// <summary><c>kprobe_multi.flags</c> (kernel 5.18).</summary>
    [FieldOffset(16)] public uint KprobeFlags;

    /// <summary><c>kprobe_multi.cnt</c>.</summary>
    [FieldOffset(20)] public uint KprobeCount;

    /// <summary><c>kprobe_multi.syms</c>.</summary>
    [FieldOffset(24)] public byte** KprobeSymbols;

    /// <summary><c>kprobe_multi.addrs</c>.</summary>
    [FieldOffset(32)] public ulong* KprobeAddresses;

    /// <summary><c>kprobe_multi.cookies</c>.</summary>
    [FieldOffset(40)] public ulong* KprobeCookies;

    /// <summary><c>uprobe_multi.path</c> (kernel 6.6).</summary>
    [FieldOffset(16)] public byte* UprobePath;

    /// <summary><c>uprobe_multi.offsets</c>.</summary>
    [FieldOffset(24)] public ulong* UprobeOffsets;

    /// <summary><c>uprobe_multi.ref_ctr_offsets</c>.</summary>
    [FieldOffset(32)] public ulong* UprobeReferenceCounters;

    /// <summary><c>uprobe_multi.cookies</c>.</summary>
    [FieldOffset(40)] public ulong* UprobeCookies;

    /// <summary><c>uprobe_multi.cnt</c>.</summary>
    [FieldOffset(48)] public uint UprobeCount;

    /// <summary><c>uprobe_multi.flags</c>.</summary>
    [FieldOffset(52)] public uint UprobeFlags;

    /// <summary><c>uprobe_multi.pid</c>.</summary>
    [FieldOffset(56)] public uint UprobeProcess;

    /// <summary>How many bytes each user of this struct passes to the kernel: up to the last field it may set.</summary>
    internal static class Sizes
    {
        /// <summary>Nothing beyond the flags.</summary>
        public const int Plain = 16;

        /// <summary>With <see cref="TargetTypeId"/> or <see cref="PerfCookie"/>.</summary>
        public const int OneWord = 24;

        /// <summary>With two 64-bit words or a <see cref="NetfilterFlags"/>.</summary>
        public const int TwoWords = 32;

        /// <summary>With all of <c>kprobe_multi</c>.</summary>
        public const int KprobeMulti = 48;

        /// <summary>With all of <c>uprobe_multi</c>.</summary>
        public const int UprobeMulti = 64;
    }
}
