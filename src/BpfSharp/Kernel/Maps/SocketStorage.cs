using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// A value for each socket that gets one, gone when the socket is closed (<c>BPF_MAP_TYPE_SK_STORAGE</c>, kernel 5.2; in programs whose arguments
/// the kernel declares since 5.11). Owners are <c>sock</c>, and what begins with one such as <c>tcp_sock</c>.
/// </summary>
/// <typeparam name="T">The values' type.</typeparam>
[KernelMapType(MapType.SkStorage, Flags = NoPreallocation, Owner = "socket", View = "BpfStorageMap")]
public sealed class SocketStorage<T> : OwnedStorage<T>
    where T : unmanaged
{
    // BPF_F_NO_PREALLOC, without which the kernel makes no storage.
    private const uint NoPreallocation = 1;
}
