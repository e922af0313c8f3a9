namespace BpfSharp.Objects.Kernel;

/// <summary>
/// What the verifier wants of a helper's argument: the kernel's <c>enum bpf_arg_type</c> with its flags. "New" memory need not be initialised,
/// the helper fills it; other memory must be. "Owned" pointers are given away by the call.
/// </summary>
public enum HelperArgument
{
    /// <summary>Anything initialised, normally a number (<c>ARG_ANYTHING</c>).</summary>
    Scalar,
    /// <summary>A map (<c>ARG_CONST_MAP_PTR</c>).</summary>
    Map,
    /// <summary>A pointer to memory with the map's key size (<c>ARG_PTR_TO_MAP_KEY</c>).</summary>
    MapKey,
    /// <summary>A pointer to memory with the map's value size (<c>ARG_PTR_TO_MAP_VALUE</c>).</summary>
    MapValue,
    /// <summary>As <see cref="MapValue"/>, or null.</summary>
    MapValueOrNull,
    /// <summary>As <see cref="MapValue"/>, filled by the helper.</summary>
    NewMapValue,
    /// <summary>A pointer to memory, whose length is the next argument (<c>ARG_PTR_TO_MEM</c>).</summary>
    Memory,
    /// <summary>As <see cref="Memory"/>, or null.</summary>
    MemoryOrNull,
    /// <summary>As <see cref="Memory"/>, which the helper does not write (<c>MEM_RDONLY</c>).</summary>
    ReadOnlyMemory,
    /// <summary>As <see cref="ReadOnlyMemory"/>, or null.</summary>
    ReadOnlyMemoryOrNull,
    /// <summary>As <see cref="Memory"/>, filled by the helper (<c>ARG_PTR_TO_UNINIT_MEM</c>).</summary>
    NewMemory,
    /// <summary>A pointer to 4 bytes (<c>ARG_PTR_TO_FIXED_SIZE_MEM</c>).</summary>
    Memory4,
    /// <summary>A pointer to 8 aligned bytes, filled by the helper.</summary>
    NewMemory8,
    /// <summary>A pointer to 20 bytes: an IPv4 or TCP header.</summary>
    ReadOnlyMemory20,
    /// <summary>A pointer to 40 bytes: an IPv6 header.</summary>
    ReadOnlyMemory40,
    /// <summary>The length of the memory before, at least 1 (<c>ARG_CONST_SIZE</c>).</summary>
    Size,
    /// <summary>The length of the memory before (<c>ARG_CONST_SIZE_OR_ZERO</c>).</summary>
    SizeOrZero,
    /// <summary>The constant number of bytes that the helper returns a pointer to (<c>ARG_CONST_ALLOC_SIZE_OR_ZERO</c>).</summary>
    AllocationSize,
    /// <summary>The program's unmodified context (<c>ARG_PTR_TO_CTX</c>).</summary>
    Context,
    /// <summary>As <see cref="Context"/>, or null.</summary>
    ContextOrNull,
    /// <summary>A <c>struct bpf_spin_lock</c> in a map's value (<c>ARG_PTR_TO_SPIN_LOCK</c>).</summary>
    SpinLock,
    /// <summary>A <c>struct bpf_timer</c> in a map's value (<c>ARG_PTR_TO_TIMER</c>).</summary>
    Timer,
    /// <summary>A subprogram (<c>ARG_PTR_TO_FUNC</c>).</summary>
    Callback,
    /// <summary>A pointer to the stack, or null (<c>ARG_PTR_TO_STACK_OR_NULL</c>).</summary>
    StackOrNull,
    /// <summary>A zero-terminated string in a read-only map (<c>ARG_PTR_TO_CONST_STR</c>).</summary>
    ConstantString,
    /// <summary>Memory that was reserved in a ring buffer (<c>ARG_PTR_TO_RINGBUF_MEM</c>), given away.</summary>
    OwnedRingBufferMemory,
    /// <summary>A slot for a kernel pointer in a map's value (<c>ARG_PTR_TO_KPTR</c>).</summary>
    KernelPointerSlot,
    /// <summary>A <c>struct bpf_dynptr</c> on the stack that the helper sets up.</summary>
    NewDynptr,
    /// <summary>A <c>struct bpf_dynptr</c> that is set up (<c>ARG_PTR_TO_DYNPTR</c>).</summary>
    Dynptr,
    /// <summary>A <c>struct bpf_dynptr</c> of a ring buffer, given away.</summary>
    OwnedDynptr,
    /// <summary>A <c>struct bpf_sock</c>, or null (<c>ARG_PTR_TO_SOCKET_OR_NULL</c>).</summary>
    SocketOrNull,
    /// <summary>A <c>struct bpf_sock</c> in any state (<c>ARG_PTR_TO_SOCK_COMMON</c>).</summary>
    SocketCommon,
    /// <summary>A kernel's or program's socket (<c>ARG_PTR_TO_BTF_ID_SOCK_COMMON</c>).</summary>
    SocketPointer,
    /// <summary>As <see cref="SocketPointer"/>, or null.</summary>
    SocketPointerOrNull,
    /// <summary>As <see cref="SocketPointer"/>, given away.</summary>
    OwnedSocketPointer,
    /// <summary>A pointer to a kernel structure (<c>ARG_PTR_TO_BTF_ID</c>).</summary>
    KernelPointer,
    /// <summary>As <see cref="KernelPointer"/>, or null.</summary>
    KernelPointerOrNull,
    /// <summary>As <see cref="KernelPointerOrNull"/>, given away.</summary>
    OwnedKernelPointerOrNull,
    /// <summary>The address of a per-CPU variable of the kernel (<c>ARG_PTR_TO_PERCPU_BTF_ID</c>).</summary>
    PerCpuPointer,
}

/// <summary>What a helper returns: the kernel's <c>enum bpf_return_type</c>.</summary>
public enum HelperReturn
{
    /// <summary>A number (<c>RET_INTEGER</c>).</summary>
    Integer,
    /// <summary>Nothing; r0 is not readable after the call (<c>RET_VOID</c>).</summary>
    Nothing,
    /// <summary>A pointer to a map's value.</summary>
    MapValue,
    /// <summary>A pointer to a map's value, or null.</summary>
    MapValueOrNull,
    /// <summary>A pointer to as much memory as was asked for, or null.</summary>
    MemoryOrNull,
    /// <summary>A pointer to ring-buffer memory, or null; the program must submit or discard it.</summary>
    RingBufferMemoryOrNull,
    /// <summary>A <c>struct bpf_sock</c>, or null; the program must release it, where it came from a look-up.</summary>
    SocketOrNull,
    /// <summary>A <c>struct bpf_sock</c> in any state, or null; the program must release it, where it came from a look-up.</summary>
    SocketCommonOrNull,
    /// <summary>A <c>struct bpf_tcp_sock</c>, or null.</summary>
    TcpSocketOrNull,
    /// <summary>A pointer to a kernel structure.</summary>
    KernelPointer,
    /// <summary>A pointer to a kernel structure, or null.</summary>
    KernelPointerOrNull,
    /// <summary>A pointer to this CPU's copy of a kernel variable.</summary>
    PerCpuPointer,
    /// <summary>A pointer to a CPU's copy of a kernel variable, or null.</summary>
    PerCpuPointerOrNull,
}

/// <summary>Restrictions of a helper.</summary>
[Flags]
public enum HelperFlags
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Only for programs with a licence compatible with the GPL (<c>gpl_only</c>).</summary>
    Gpl = 1,
    /// <summary>Only for sleepable programs (<c>might_sleep</c>).</summary>
    MightSleep = 2,
}
