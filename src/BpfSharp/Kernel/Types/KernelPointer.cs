using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>An address in kernel memory of which the type is not known (<c>void *</c>, pointers to functions).</summary>
public readonly ref struct KernelPointer
{
    /// <summary>A pointer to an address.</summary>
    [KernelIntrinsic("pointer.create")]
    public KernelPointer(ulong address) => throw Core.NotInKernel(address);

    /// <summary>Whether it is null.</summary>
    public bool IsNull
    {
        [KernelIntrinsic("handle.isNull")]
        get => throw Core.NotInKernel();
    }

    /// <summary>The address.</summary>
    public ulong Address
    {
        [KernelIntrinsic("handle.address")]
        get => throw Core.NotInKernel();
    }

    /// <summary>The address as that of a kernel struct, or another kind of pointer.</summary>
    /// <typeparam name="T">A type with <see cref="KernelTypeAttribute"/>, or a <see cref="KernelPointer{T}"/>.</typeparam>
    [KernelIntrinsic("handle.as")]
    public T As<T>()
        where T : struct, allows ref struct => throw Core.NotInKernel();
}

/// <summary>An address in kernel memory of values of a type: an integer, an enum, a struct of the program, or pointers.</summary>
/// <typeparam name="T">What is there.</typeparam>
public readonly ref struct KernelPointer<T>
    where T : allows ref struct
{
    /// <summary>A pointer to an address.</summary>
    [KernelIntrinsic("pointer.create")]
    public KernelPointer(ulong address) => throw Core.NotInKernel(address);

    /// <summary>The value there; zero if it cannot be read. It can be written where the kernel allows it (<see cref="BpfHook.RawTracepointWritable"/>); null is a fault then.</summary>
    public T Value
    {
        [KernelIntrinsic("pointer.value")]
        get => throw Core.NotInKernel();
        set => throw Core.NotInKernel();
    }

    /// <summary>The value at an index; zero if it cannot be read. The kernel does not know how many there are.</summary>
    public T this[int index]
    {
        [KernelIntrinsic("pointer.element")]
        get => throw Core.NotInKernel();
    }

    /// <summary>Whether it is null.</summary>
    public bool IsNull
    {
        [KernelIntrinsic("handle.isNull")]
        get => throw Core.NotInKernel();
    }

    /// <summary>The address.</summary>
    public ulong Address
    {
        [KernelIntrinsic("handle.address")]
        get => throw Core.NotInKernel();
    }
}
