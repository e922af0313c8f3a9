using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>The socket of a context (<c>struct bpf_sock</c>), as <see cref="SocketStorage{T}"/> takes it. It may be nothing.</summary>
public readonly ref struct ContextSocket
{
    /// <summary>Makes a socket, for tests.</summary>
    /// <param name="number">A number by which .NET's storages know it; 0 for nothing.</param>
    public ContextSocket(uint number) => Number = number;

    /// <summary>Whether there is none.</summary>
    public bool IsNull
    {
        [KernelIntrinsic("handle.isNull")]
        get => Number == 0;
    }

    internal uint Number { get; }
}
