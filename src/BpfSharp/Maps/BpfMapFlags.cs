namespace BpfSharp;

/// <summary>The kernel's <c>BPF_F_*</c> flags of map creation.</summary>
public static class BpfMapFlags
{
    /// <summary><c>BPF_F_NO_PREALLOC</c>: memory is taken per entry; needed by LPM tries and storages.</summary>
    public const uint NoPreallocation = 1u << 0;

    /// <summary><c>BPF_F_NO_COMMON_LRU</c>: each CPU has its own LRU list.</summary>
    public const uint NoCommonLru = 1u << 1;

    /// <summary><c>BPF_F_NUMA_NODE</c>: the map's memory comes from the node it names.</summary>
    public const uint NumaNode = 1u << 2;

    /// <summary><c>BPF_F_RDONLY</c>: user space may only read.</summary>
    public const uint ReadOnly = 1u << 3;

    /// <summary><c>BPF_F_WRONLY</c>: user space may only write.</summary>
    public const uint WriteOnly = 1u << 4;

    /// <summary><c>BPF_F_STACK_BUILD_ID</c> (kernel 4.17): stacks of user space are kept as build ids and offsets.</summary>
    public const uint StackBuildId = 1u << 5;

    /// <summary><c>BPF_F_RDONLY_PROG</c>: programs may only read.</summary>
    public const uint ReadOnlyForPrograms = 1u << 7;

    /// <summary><c>BPF_F_WRONLY_PROG</c>: programs may only write.</summary>
    public const uint WriteOnlyForPrograms = 1u << 8;

    /// <summary><c>BPF_F_MMAPABLE</c> (kernel 5.5): the map's memory can be shared with user space.</summary>
    public const uint Mmapable = 1u << 10;

    /// <summary><c>BPF_F_INNER_MAP</c> (kernel 5.10): inner array maps may differ in capacity.</summary>
    public const uint InnerMap = 1u << 12;

    /// <summary><c>BPF_F_LINK</c> (kernel 6.4): a table of functions is attached by a link, not by being written.</summary>
    public const uint Link = 1u << 13;

    /// <summary><c>BPF_F_VTYPE_BTF_OBJ_FD</c> (kernel 6.9): the value's type is a module's.</summary>
    internal const uint ModuleValueType = 1u << 15;
}
