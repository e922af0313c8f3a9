using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// Sockets by keys of any type (<c>BPF_MAP_TYPE_SOCKHASH</c>, kernel 4.18). Programs send data from one of its sockets to another, past the
/// network stack; they are attached to the map (<see cref="BpfProgram.AttachSockMap"/>). User space puts sockets in through <see cref="BpfSocketMap{TKey}"/>, programs of <see cref="BpfHook.SockOps"/>
/// as connections are made.
/// </summary>
/// <typeparam name="TKey">The keys' type.</typeparam>
[KernelMapType(MapType.SockHash, View = "BpfSocketMap", ValueSize = sizeof(uint))]
public sealed class SockHash<TKey>
    where TKey : unmanaged
{
    private readonly SocketTable<TKey> _sockets;

    /// <summary>Makes an empty map in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">The capacity in sockets.</param>
    public SockHash(uint maxEntries) => (MaxEntries, _sockets) = (maxEntries, new(maxEntries, isArray: false));

    /// <summary>The capacity in sockets.</summary>
    public uint MaxEntries { get; }

    /// <summary>Sends the data to the socket under a key (<c>bpf_msg_redirect_hash</c>). The program returns the result.</summary>
    /// <param name="context">The data that is sent.</param>
    /// <param name="key">The key.</param>
    /// <param name="toReceiver">Whether that socket receives the data (<c>BPF_F_INGRESS</c>); otherwise it is as if it sent them.</param>
    /// <returns><see cref="SkAction.Drop"/> if there is no socket under the key.</returns>
    [KernelIntrinsic("sockhash.redirectMessage")]
    public SkAction Redirect(SkMsgContext context, scoped in TKey key, bool toReceiver = true) => _sockets.Send(key) ? SkAction.Pass : SkAction.Drop;

    /// <summary>Sends the data to the socket under a key (<c>bpf_sk_redirect_hash</c>). The program returns the result.</summary>
    /// <param name="context">The data that was received.</param>
    /// <param name="key">The key.</param>
    /// <param name="toReceiver">Whether that socket receives the data (<c>BPF_F_INGRESS</c>); otherwise it is as if it sent them.</param>
    /// <returns><see cref="SkAction.Drop"/> if there is no socket under the key.</returns>
    [KernelIntrinsic("sockhash.redirectPacket")]
    public SkAction Redirect(SkSkbContext context, scoped in TKey key, bool toReceiver = false) => _sockets.Send(key) ? SkAction.Pass : SkAction.Drop;

    /// <summary>Puts the connection's socket under a key (<c>bpf_sock_hash_update</c>).</summary>
    /// <param name="context">What happens to the connection, which is established by now.</param>
    /// <param name="key">The key.</param>
    /// <returns>False if there is no such key, the map is full or the connection is not established.</returns>
    [KernelIntrinsic("sockhash.add")]
    public bool Add(SockOpsContext context, scoped in TKey key) => context.Operation is SockOperation.ActiveEstablished or SockOperation.PassiveEstablished && _sockets.Set(key, context.Socket.Number);

    /// <summary>Puts a socket, as a number, under a key in .NET. Not for kernel code.</summary>
    /// <returns>False if there is no such key or the map is full.</returns>
    public bool Set(TKey key, uint socket) => _sockets.Set(key, socket);

    /// <summary>Takes the socket under a key out of the map (<c>bpf_map_delete_elem</c>): for programs of <see cref="BpfHook.SockOps"/>, <see cref="BpfHook.Tc"/>, <see cref="BpfHook.Xdp"/>, <see cref="BpfHook.SocketFilter"/> and <see cref="BpfHook.SkReuseport"/>.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether there was one.</returns>
    [KernelIntrinsic("map.remove")]
    public bool Remove(scoped in TKey key) => _sockets.Remove(key);

    /// <summary>Whether there is a socket under a key (<c>bpf_map_lookup_elem</c> and <c>bpf_sk_release</c>, kernel 5.8): for programs of <see cref="BpfHook.Tc"/>, <see cref="BpfHook.Xdp"/>, <see cref="BpfHook.SkSkbVerdict"/> and <see cref="BpfHook.SkSkbParser"/>.</summary>
    /// <param name="key">The key.</param>
    [KernelIntrinsic("socket.contains")]
    public bool Contains(scoped in TKey key) => _sockets.Contains(key);

    /// <summary>Removes all keys in .NET. Not for kernel code.</summary>
    public void Clear() => _sockets.Clear();
}
