using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// A value for each control group that gets one, gone when the group is removed (<c>BPF_MAP_TYPE_CGRP_STORAGE</c>, kernel 6.2). Owners are <c>cgroup</c>,
/// such as <c>task_struct.Current.cgroups.dfl_cgrp</c>.
/// </summary>
/// <typeparam name="T">The values' type.</typeparam>
[KernelMapType(MapType.CgroupStorage, Flags = NoPreallocation, Owner = "control group", View = "BpfStorageMap")]
public sealed class CgroupStorage<T> : OwnedStorage<T>
    where T : unmanaged
{
    // BPF_F_NO_PREALLOC, without which the kernel makes no storage.
    private const uint NoPreallocation = 1;
}
