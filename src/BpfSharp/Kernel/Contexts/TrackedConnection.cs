using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>
/// A connection that the kernel tracks (<c>struct nf_conn</c>), which the program holds: it is given back (<c>bpf_ct_release</c>) when it is disposed, and on every way out. In the kernel
/// it is one pointer.
/// </summary>
public ref struct TrackedConnection
{
    /// <summary>The connection's struct. Of its members <c>mark</c> can be written (kernel 6.1).</summary>
    /// <typeparam name="T">A kernel struct of the name <c>nf_conn</c>.</typeparam>
    /// <exception cref="NotSupportedException">In .NET, which tracks no connections. In the kernel it is a fault if nothing is held.</exception>
    [KernelIntrinsic("connection.handle")]
    public readonly T Handle<T>()
        where T : struct, IKernelType, allows ref struct => throw Core.NotInKernel();

    /// <summary>Gives the connection back, if one is held.</summary>
    [KernelIntrinsic("connection.dispose")]
#pragma warning disable CA1822 // In the kernel there is something to give back.
    public readonly void Dispose()
#pragma warning restore CA1822
    {
    }
}
