using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>An array in a kernel struct: where it is, and how many elements it has.</summary>
/// <typeparam name="T">An integer, an enum, a handle or a pointer.</typeparam>
public readonly ref struct KernelArray<T>
    where T : allows ref struct
{
    /// <summary>An element: its value, or the handle of a struct's or pointer's element.</summary>
    /// <param name="index">Which one; beyond the array in a kernel struct is a fault, in one of unknown length reads what is there.</param>
    /// <exception cref="IndexOutOfRangeException">The array has fewer elements. In the kernel this is a fault, which ends the program.</exception>
    public T this[int index]
    {
        [KernelIntrinsic("array.element")]
        get => throw Core.NotInKernel();
    }

    /// <summary>The number of elements that the type was declared with; 0 if it was without.</summary>
    public int Length
    {
        [KernelIntrinsic("array.length")]
        get => throw Core.NotInKernel();
    }

    /// <summary>The array's address in kernel memory.</summary>
    public ulong Address
    {
        [KernelIntrinsic("handle.address")]
        get => throw Core.NotInKernel();
    }
}
