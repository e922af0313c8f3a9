using System.Runtime.CompilerServices;
using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// A value for each socket that gets one, gone when the socket is closed (<c>BPF_MAP_TYPE_SK_STORAGE</c>, kernel 5.2; in programs whose arguments
/// the kernel declares since 5.11). Owners are <c>sock</c>, and what begins with one such as <c>tcp_sock</c>; and the sockets of contexts, with which it runs in .NET too.
/// </summary>
/// <typeparam name="T">The values' type.</typeparam>
[KernelMapType(MapType.SkStorage, Flags = NoPreallocation, Owner = "socket", View = "BpfStorageMap")]
public sealed class SocketStorage<T> : OwnedStorage<T>
    where T : unmanaged
{
    // BPF_F_NO_PREALLOC, without which the kernel makes no storage.
    private const uint NoPreallocation = 1;

    private readonly Dictionary<uint, StrongBox<T>> _values = [];

    /// <summary>Finds the value of a context's socket in place (<c>bpf_sk_storage_get</c>).</summary>
    /// <param name="socket">The socket; nothing has no value.</param>
    /// <param name="value">The value, to read and to change in place; refers to nothing if there is none.</param>
    /// <returns>Whether it has one.</returns>
    [KernelIntrinsic("storage.tryGetRef")]
    public bool TryGetRef(ContextSocket socket, out Ref<T> value) => Find(socket, out value, null);

    /// <summary>Finds the value of a context's socket in place, and gives it one of zeros if it has none (<c>bpf_sk_storage_get</c>).</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="value">The value, to read and to change in place.</param>
    /// <returns>False if the socket is nothing or about to go, or there is no memory.</returns>
    [KernelIntrinsic("storage.tryGetOrAdd")]
    public bool TryGetOrAdd(ContextSocket socket, out Ref<T> value) => Find(socket, out value, default(T));

    /// <summary>Finds the value of a context's socket in place, and gives it an initial one if it has none (<c>bpf_sk_storage_get</c>).</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="initial">The value if there was none.</param>
    /// <param name="value">The value, to read and to change in place.</param>
    /// <returns>False if the socket is nothing or about to go, or there is no memory.</returns>
    [KernelIntrinsic("storage.tryGetOrAdd")]
    public bool TryGetOrAdd(ContextSocket socket, scoped in T initial, out Ref<T> value) => Find(socket, out value, initial);

    /// <summary>Takes the value of a context's socket away (<c>bpf_sk_storage_delete</c>).</summary>
    /// <param name="socket">The socket.</param>
    /// <returns>Whether it had one.</returns>
    [KernelIntrinsic("storage.remove")]
    public bool Remove(ContextSocket socket)
    {
        lock (_values) return _values.Remove(socket.Number);
    }

    /// <summary>Takes all values away. Not for kernel code.</summary>
    public void Clear()
    {
        lock (_values) _values.Clear();
    }

    private bool Find(ContextSocket socket, out Ref<T> value, T? initial)
    {
        lock (_values)
        {
            if (!_values.TryGetValue(socket.Number, out StrongBox<T>? box) && initial is { } first && !socket.IsNull) _values.Add(socket.Number, box = new StrongBox<T>(first));
            value = box is null ? default : new Ref<T>(ref box.Value);
            return box is not null;
        }
    }
}
