namespace BpfSharp;

/// <summary>What the kernel knows of a BTF, the description of types that belongs to programs, maps, a module or the kernel (<c>struct bpf_btf_info</c>, kernel 4.18).</summary>
/// <param name="Id">The BTF's id, unique while it lives (kernel 4.19).</param>
/// <param name="Size">Bytes of it (<c>btf_size</c>).</param>
/// <param name="Name"><c>vmlinux</c> or the module's name; empty for what was loaded from user space.</param>
/// <param name="IsKernel">
/// Whether the kernel or one of its modules brought it, instead of a process (<c>kernel_btf</c>). Such BTF has an id from kernel 5.11 on; of older kernels there is only what processes loaded.
/// </param>
public sealed record BpfBtfInfo(uint Id, int Size, string Name, bool IsKernel);
