using System.Runtime.InteropServices;

namespace BpfSharp.Links;

/// <summary><c>struct bpf_link_info</c>; what stands from byte 16 on depends on the kind of link. What a pointer is null for is not copied.</summary>
[StructLayout(LayoutKind.Explicit, Size = 80)]
internal unsafe struct KernelLinkInfo
{
    /// <summary><c>type</c>.</summary>
    [FieldOffset(0)] public uint Type;

    /// <summary><c>id</c>.</summary>
    [FieldOffset(4)] public uint Id;

    /// <summary><c>prog_id</c>.</summary>
    [FieldOffset(8)] public uint ProgramId;

    /// <summary><c>raw_tracepoint</c>.</summary>
    [FieldOffset(16)] public RawTracepointPart RawTracepoint;

    /// <summary><c>tracing</c>.</summary>
    [FieldOffset(16)] public TracingPart Tracing;

    /// <summary><c>cgroup</c>.</summary>
    [FieldOffset(16)] public CgroupPart Cgroup;

    /// <summary><c>iter</c>.</summary>
    [FieldOffset(16)] public IteratorPart Iterator;

    /// <summary><c>netns</c>, <c>xdp</c>, <c>tcx</c>, <c>netkit</c>, <c>struct_ops</c>, <c>sockmap</c>.</summary>
    [FieldOffset(16)] public PlacePart Place;

    /// <summary><c>netfilter</c>.</summary>
    [FieldOffset(16)] public NetfilterPart Netfilter;

    /// <summary><c>kprobe_multi</c>.</summary>
    [FieldOffset(16)] public KprobesPart Kprobes;

    /// <summary><c>uprobe_multi</c>.</summary>
    [FieldOffset(16)] public UprobesPart Uprobes;

    /// <summary><c>perf_event.type</c>.</summary>
    [FieldOffset(16)] public uint EventKind;

    /// <summary><c>perf_event.uprobe</c>.</summary>
    [FieldOffset(24)] public UprobePart Uprobe;

    /// <summary><c>perf_event.kprobe</c>.</summary>
    [FieldOffset(24)] public KprobePart Kprobe;

    /// <summary><c>perf_event.tracepoint</c>; its name is where those of the other events are.</summary>
    [FieldOffset(24)] public TracepointPart Tracepoint;

    /// <summary><c>perf_event.event</c>.</summary>
    [FieldOffset(24)] public EventPart Event;

    public struct RawTracepointPart
    {
        public byte* Name;
        public uint NameLength;
        public uint Padding;
        public ulong Cookie;
    }

    public struct TracingPart
    {
        public uint AttachType;
        public uint TargetObjectId;
        public uint TargetTypeId;
        public uint Padding;
        public ulong Cookie;
    }

    public struct CgroupPart
    {
        public ulong Id;
        public uint AttachType;
    }

    [StructLayout(LayoutKind.Explicit)]
    public struct IteratorPart
    {
        [FieldOffset(0)] public byte* Name;
        [FieldOffset(8)] public uint NameLength;
        [FieldOffset(12)] public uint MapId;
        [FieldOffset(16)] public ulong CgroupId;
        [FieldOffset(24)] public uint CgroupOrder;
        [FieldOffset(16)] public uint ThreadId;
        [FieldOffset(20)] public uint ProcessId;
    }

    public struct PlacePart
    {
        /// <summary>The interface's index, the map's id or the namespace's inode.</summary>
        public uint Id;
        public uint AttachType;
    }

    public struct NetfilterPart
    {
        public uint Family;
        public uint Hook;
        public int Priority;
        public uint Flags;
    }

    public struct KprobesPart
    {
        public ulong* Addresses;
        public uint Count;
        public uint Flags;
        public ulong Missed;
        public ulong* Cookies;
    }

    public struct UprobesPart
    {
        public byte* Path;
        public ulong* Offsets;
        public ulong* CounterOffsets;
        public ulong* Cookies;
        public uint PathSize;
        public uint Count;
        public uint Flags;
        public uint ProcessId;
    }

    public struct UprobePart
    {
        public byte* Name;
        public uint NameLength;
        public uint Offset;
        public ulong Cookie;
        public ulong CounterOffset;
    }

    public struct KprobePart
    {
        public byte* Name;
        public uint NameLength;
        public uint Offset;
        public ulong Address;
        public ulong Missed;
        public ulong Cookie;
    }

    public struct TracepointPart
    {
        public byte* Name;
        public uint NameLength;
        public uint Padding;
        public ulong Cookie;
    }

    public struct EventPart
    {
        public ulong Config;
        public uint Type;
        public uint Padding;
        public ulong Cookie;
    }
}
