using System.Runtime.InteropServices;

namespace BpfSharp.Links;

/// <summary><c>union bpf_iter_link_info</c>: what an iterator walks.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct IteratorInfo
{
    /// <summary><c>map.map_fd</c>.</summary>
    [FieldOffset(0)] public int MapFd;

    /// <summary><c>cgroup.order</c> (kernel 6.1).</summary>
    [FieldOffset(0)] public int CgroupOrder;

    /// <summary><c>cgroup.cgroup_fd</c>.</summary>
    [FieldOffset(4)] public int CgroupFd;

    /// <summary><c>task.tid</c> (kernel 6.1).</summary>
    [FieldOffset(0)] public int ThreadId;

    /// <summary><c>task.pid</c>.</summary>
    [FieldOffset(4)] public int ProcessId;
}
