using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// Sockets that share a port (<c>SO_REUSEPORT</c>) by index, of which a program chooses (<c>BPF_MAP_TYPE_REUSEPORT_SOCKARRAY</c>, kernel 4.19). User space puts them in through
/// <see cref="BpfSocketMap{TKey}"/>; the program is attached to one of them (<see cref="BpfProgram.AttachSocket"/>).
/// </summary>
[KernelMapType(MapType.ReuseportSockArray, View = "BpfSocketMap<int>", KeySize = sizeof(uint), ValueSize = sizeof(ulong))]
public sealed class ReuseportArray
{
    private readonly SocketTable<uint> _sockets;

    /// <summary>Makes an empty map in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">How many indices there are.</param>
    public ReuseportArray(uint maxEntries) => (MaxEntries, _sockets) = (maxEntries, new(maxEntries, isArray: true));

    /// <summary>How many indices there are.</summary>
    public uint MaxEntries { get; }

    /// <summary>Chooses the socket at an index for the packet or connection (<c>bpf_sk_select_reuseport</c>). The program then returns <see cref="SkAction.Pass"/>.</summary>
    /// <param name="context">The program's context.</param>
    /// <param name="index">The index.</param>
    /// <returns>False if there is no socket at the index, or none that listens on this port.</returns>
    [KernelIntrinsic("reuseport.trySelect")]
    public bool TrySelect(SkReuseportContext context, uint index) => _sockets.Send(index);

    /// <summary>Puts a socket, as a number, at an index in .NET. Not for kernel code.</summary>
    /// <returns>False if there is no such index.</returns>
    public bool Set(uint index, uint socket) => _sockets.Set(index, socket);

    /// <summary>Removes what is at an index in .NET. Not for kernel code.</summary>
    /// <returns>Whether something was.</returns>
    public bool Remove(uint index) => _sockets.Remove(index);

    /// <summary>Removes all sockets in .NET. Not for kernel code.</summary>
    public void Clear() => _sockets.Clear();
}
