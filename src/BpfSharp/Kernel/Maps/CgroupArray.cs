using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// Control groups, which user space puts in by their folders, to ask whether the current task belongs to one (<c>BPF_MAP_TYPE_CGROUP_ARRAY</c>, kernel 4.8; the
/// question since 4.9). In .NET a test says which groups the task is in.
/// </summary>
[KernelMapType(MapType.CgroupArray, View = "BpfCgroupArray", KeySize = sizeof(uint), ValueSize = sizeof(uint))]
public sealed class CgroupArray
{
    private readonly bool[] _containsTask;

    /// <summary>Makes a map without groups in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">The capacity in groups.</param>
    public CgroupArray(uint maxEntries) => _containsTask = new bool[maxEntries];

    /// <summary>Whether the current task is in a group or in one below it (<c>bpf_current_task_under_cgroup</c>).</summary>
    /// <param name="index">The group's place in the map.</param>
    /// <returns>False also if there is no group at that place.</returns>
    [KernelIntrinsic("cgroup.containsCurrentTask")]
    public bool ContainsCurrentTask(uint index) => index < (uint)_containsTask.Length && _containsTask[index];

    /// <summary>Says whether the current task is in a group. Not for kernel code: it stands for what user space puts in.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such place.</exception>
    public void Set(uint index, bool containsCurrentTask) => _containsTask[index] = containsCurrentTask;
}
