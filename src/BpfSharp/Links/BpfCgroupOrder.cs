namespace BpfSharp;

/// <summary>Which control groups an iterator visits (<c>enum bpf_cgroup_iter_order</c>).</summary>
public enum BpfCgroupOrder
{
    /// <summary>The group alone.</summary>
    Self = 1,
    /// <summary>The group and those below it, each before those below it.</summary>
    DescendantsFirstParent = 2,
    /// <summary>The group and those below it, each behind those below it.</summary>
    DescendantsLastParent = 3,
    /// <summary>The group and those above it.</summary>
    Ancestors = 4,
}
