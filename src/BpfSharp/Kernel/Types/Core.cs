using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>
/// Questions about the running kernel that are answered when the program is loaded (CO-RE): what a branch on the answer leaves out may use
/// members that this kernel does not have.
/// </summary>
public static class Core
{
    /// <summary>The body of a kernel type's members, which there are only in the kernel.</summary>
    /// <example><code>public int tgid => Core.Member&lt;int&gt;();</code></example>
    /// <exception cref="NotSupportedException">Always: .NET has no kernel structs.</exception>
    public static T Member<T>()
        where T : allows ref struct => throw NotInKernel();

    /// <summary>The body of a setter of a kernel type's member: it stores to the kernel's struct, where the kernel allows that (<c>nf_conn.mark</c>, writable tracepoints).</summary>
    /// <example><code>public uint mark { get => Core.Member&lt;uint&gt;(); set => Core.Member(value); }</code></example>
    /// <exception cref="NotSupportedException">Always: .NET has no kernel structs.</exception>
    public static void Member<T>(T value)
        where T : allows ref struct => throw NotInKernel();

    /// <summary>Whether a member of a kernel struct, such as <c>task.real_parent</c>, or of a kernel enum is there. It is not read.</summary>
    [KernelIntrinsic("core.memberExists")]
    public static bool Exists<T>(T member)
        where T : allows ref struct => throw NotInKernel();

    /// <summary>Whether a kernel type is there.</summary>
    [KernelIntrinsic("core.typeExists")]
    public static bool Exists<T>()
        where T : struct, allows ref struct => throw NotInKernel();

    /// <summary>Whether a kernel type is there and has all members that it is declared with here, in types that match.</summary>
    [KernelIntrinsic("core.typeMatches")]
    public static bool Matches<T>()
        where T : struct, allows ref struct => throw NotInKernel();

    /// <summary>The size of a kernel type in bytes; 0 if it is not there.</summary>
    [KernelIntrinsic("core.typeSize")]
    public static int SizeOf<T>()
        where T : struct, allows ref struct => throw NotInKernel();

    /// <summary>The size of a member in bytes. It is not read.</summary>
    [KernelIntrinsic("core.memberSize")]
    public static int SizeOf<T>(T member)
        where T : allows ref struct => throw NotInKernel();

    /// <summary>How many bytes a member is behind the start of its struct. It is not read.</summary>
    [KernelIntrinsic("core.memberOffset")]
    public static int OffsetOf<T>(T member)
        where T : allows ref struct => throw NotInKernel();

    /// <summary>Whether a member is a signed integer. It is not read.</summary>
    [KernelIntrinsic("core.memberSigned")]
    public static bool IsSigned<T>(T member)
        where T : allows ref struct => throw NotInKernel();

    /// <summary>The value that a member of a kernel enum has in the running kernel.</summary>
    [KernelIntrinsic("core.enumValue")]
    public static T Value<T>(T member)
        where T : struct, Enum => throw NotInKernel();

    /// <summary>The id of a kernel type in the running kernel's BTF, as kernel functions take it; 0 if it is not there.</summary>
    [KernelIntrinsic("core.typeId")]
    public static uint TypeId<T>()
        where T : struct, allows ref struct => throw NotInKernel();

    /// <summary>The id of a type in the BTF of this object, as some helpers take it.</summary>
    [KernelIntrinsic("core.localTypeId")]
    public static uint LocalTypeId<T>()
        where T : struct, allows ref struct => throw NotInKernel();

    /// <summary>What members of kernel types throw in .NET.</summary>
    internal static NotSupportedException NotInKernel() =>
        new("Kernel structs are only in the kernel: this member can be read by an eBPF program, not in .NET.");

    /// <inheritdoc cref="NotInKernel()"/>
    internal static NotSupportedException NotInKernel(ulong address) =>
        new($"Kernel memory is only in the kernel: address {address:x} can be read by an eBPF program, not in .NET.");
}
