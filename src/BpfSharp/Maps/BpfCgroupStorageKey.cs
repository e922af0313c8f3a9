using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>
/// A key of the storages that belong to a control group and a hook (<c>struct bpf_cgroup_storage_key</c>; map types <c>BPF_MAP_TYPE_CGROUP_STORAGE</c>, kernel 4.19, and
/// <c>BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE</c>, 4.20). Where a map's keys are the group's id alone (kernel 5.9), they are <see cref="ulong"/>.
/// </summary>
/// <param name="Group">The group's id: the number of its folder (<c>st_ino</c>).</param>
/// <param name="Hook">The hook that the program is attached to.</param>
public readonly record struct BpfCgroupStorageKey(ulong Group, AttachType Hook);
