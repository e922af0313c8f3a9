using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// A value for each inode that gets one, gone when the kernel forgets the inode (<c>BPF_MAP_TYPE_INODE_STORAGE</c>, kernel 5.10, in programs of
/// <see cref="BpfHook.Lsm"/>; it needs the BPF security module). Owners are <c>inode</c>.
/// </summary>
/// <typeparam name="T">The values' type.</typeparam>
[KernelMapType(MapType.InodeStorage, Flags = NoPreallocation, Owner = "inode", View = "BpfStorageMap")]
public sealed class InodeStorage<T> : OwnedStorage<T>
    where T : unmanaged
{
    // BPF_F_NO_PREALLOC, without which the kernel makes no storage.
    private const uint NoPreallocation = 1;
}
