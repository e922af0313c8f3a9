using System.ComponentModel;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>
/// What storages have in common: a value that belongs to a kernel object and goes with it, so that nothing is left behind and nothing is looked up. The
/// object must be one that the kernel knows the type of: an argument of a hook that the kernel declares, or what is read from one. Kernel objects
/// are only in the kernel, so in .NET methods with an owner throw.
/// </summary>
/// <typeparam name="T">The values' type.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class OwnedStorage<T>
    where T : unmanaged
{
    private protected OwnedStorage()
    {
    }

    /// <summary>Finds an owner's value in place.</summary>
    /// <typeparam name="TOwner">The kernel struct.</typeparam>
    /// <param name="owner">A handle of the owner; one of nothing has no value.</param>
    /// <param name="value">The value, to read and to change in place; refers to nothing if there is none.</param>
    /// <returns>Whether it has one.</returns>
    /// <exception cref="NotSupportedException">In .NET.</exception>
    [KernelIntrinsic("storage.tryGetRef")]
    public bool TryGetRef<TOwner>(TOwner owner, out Ref<T> value)
        where TOwner : struct, IKernelType, allows ref struct => throw Core.NotInKernel();

    /// <summary>Finds an owner's value in place, and gives it one of zeros if it has none (<c>BPF_LOCAL_STORAGE_GET_F_CREATE</c>).</summary>
    /// <typeparam name="TOwner">The kernel struct.</typeparam>
    /// <param name="owner">A handle of the owner.</param>
    /// <param name="value">The value, to read and to change in place.</param>
    /// <returns>False if the owner is nothing, is about to go, or there is no memory.</returns>
    /// <exception cref="NotSupportedException">In .NET.</exception>
    [KernelIntrinsic("storage.tryGetOrAdd")]
    public bool TryGetOrAdd<TOwner>(TOwner owner, out Ref<T> value)
        where TOwner : struct, IKernelType, allows ref struct => throw Core.NotInKernel();

    /// <summary>Finds an owner's value in place, and gives it an initial one if it has none (<c>BPF_LOCAL_STORAGE_GET_F_CREATE</c>).</summary>
    /// <typeparam name="TOwner">The kernel struct.</typeparam>
    /// <param name="owner">A handle of the owner.</param>
    /// <param name="initial">The value if there was none.</param>
    /// <param name="value">The value, to read and to change in place.</param>
    /// <returns>False if the owner is nothing, is about to go, or there is no memory.</returns>
    /// <exception cref="NotSupportedException">In .NET.</exception>
    [KernelIntrinsic("storage.tryGetOrAdd")]
    public bool TryGetOrAdd<TOwner>(TOwner owner, scoped in T initial, out Ref<T> value)
        where TOwner : struct, IKernelType, allows ref struct => throw Core.NotInKernel();

    /// <summary>Takes an owner's value away.</summary>
    /// <typeparam name="TOwner">The kernel struct.</typeparam>
    /// <param name="owner">A handle of the owner.</param>
    /// <returns>Whether it had one.</returns>
    /// <exception cref="NotSupportedException">In .NET.</exception>
    [KernelIntrinsic("storage.remove")]
    public bool Remove<TOwner>(TOwner owner)
        where TOwner : struct, IKernelType, allows ref struct => throw Core.NotInKernel();
}
