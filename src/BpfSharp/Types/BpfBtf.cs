using BpfSharp.Syscalls;
using BpfSharp.Types;

namespace BpfSharp;

/// <summary>
/// A BTF in the kernel: the types of programs and maps, of the kernel or of a module. Operations may be called from any thread; <see cref="Dispose"/> must not
/// run at the same time as one.
/// </summary>
public sealed class BpfBtf : IDisposable
{
    private readonly BpfHandle _handle;

    private BpfBtf(BpfHandle handle, uint id) => (_handle, Id) = (handle, id);

    /// <summary>The BTF's id, unique while it lives.</summary>
    public uint Id { get; }

    /// <summary>What the kernel knows of it.</summary>
    public BpfBtfInfo Info => KernelBtfInfo.Read(_handle.Fd, What);

    /// <summary>The descriptor, for system calls of one's own. It stays owned by this object.</summary>
    public System.Runtime.InteropServices.SafeHandle Handle => _handle;

    private string What => $"BTF {Id}";

    /// <summary>
    /// Copies the types, in the format of an object's <c>.BTF</c> section (<see cref="Objects.Btf.BtfReader"/> reads it). Ids and strings of a module's continue those of <c>vmlinux</c>, so it cannot be
    /// read alone.
    /// </summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public byte[] GetBytes() => KernelBtfInfo.ReadBytes(_handle.Fd, What);

    /// <summary>Opens a BTF by the kernel's id of it (<c>BPF_BTF_GET_FD_BY_ID</c>, kernel 4.19), e.g. <see cref="BpfProgramInfo.BtfId"/>. The caller owns it.</summary>
    /// <exception cref="BpfException">There is no such BTF, or CAP_SYS_ADMIN is missing.</exception>
    public static BpfBtf OpenById(uint id) => new(KernelIds.Open(BpfCommand.BtfFromId, id, "BTF"), id);

    /// <summary>The ids of all BTF in the kernel, whoever brought it, ascending (<c>BPF_BTF_GET_NEXT_ID</c>, kernel 5.4). Each is asked for when it is reached.</summary>
    /// <exception cref="BpfException">CAP_SYS_ADMIN is missing, or the kernel is older.</exception>
    public static IEnumerable<uint> EnumerateIds() => KernelIds.All(BpfCommand.BtfNextId, "BTF", "5.4");

    /// <summary>What the kernel knows of each BTF in it, whoever brought it. Those that go away during the walk are left out.</summary>
    /// <exception cref="BpfException">CAP_SYS_ADMIN is missing, or the kernel is older.</exception>
    public static IEnumerable<BpfBtfInfo> EnumerateInfos() => KernelIds.Read(EnumerateIds(), BpfCommand.BtfFromId, "BTF", KernelBtfInfo.Read);

    /// <summary>Closes the descriptor. The BTF lives on while programs, maps, a module or other processes hold it.</summary>
    public void Dispose() => _handle.Dispose();
}
