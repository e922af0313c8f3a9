using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>An address in the memory of the current process of which the type is not known (<c>void *</c>, pointers to functions).</summary>
public readonly ref struct UserPointer
{
    /// <summary>A pointer to an address.</summary>
    [KernelIntrinsic("pointer.create")]
    public UserPointer(ulong address) => throw Core.NotInKernel(address);

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

    /// <summary>The address as that of something known.</summary>
    /// <typeparam name="T">A <see cref="UserPointer{T}"/>.</typeparam>
    [KernelIntrinsic("handle.as")]
    public T As<T>()
        where T : struct, allows ref struct => throw Core.NotInKernel();
}

/// <summary>
/// An address in the memory of the current process of values of a type: an integer, an enum, a struct of the program, pointers, or a struct with <see cref="KernelTypeAttribute"/>
/// (<c>struct iovec __user *</c>). Such a struct's members are named at once, <c>vectors[i].iov_len</c>: there is no handle of it, and no type but this one says that it is read there.
/// </summary>
/// <typeparam name="T">What is there.</typeparam>
public readonly ref struct UserPointer<T>
    where T : allows ref struct
{
    /// <summary>A pointer to an address.</summary>
    [KernelIntrinsic("pointer.create")]
    public UserPointer(ulong address) => throw Core.NotInKernel(address);

    /// <summary>The value there; zero if it cannot be read.</summary>
    public T Value
    {
        [KernelIntrinsic("userPointer.value")]
        get => throw Core.NotInKernel();
    }

    /// <summary>The value at an index; zero if it cannot be read. The kernel does not know how many there are.</summary>
    public T this[int index]
    {
        [KernelIntrinsic("userPointer.element")]
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
