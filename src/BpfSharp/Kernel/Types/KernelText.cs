using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>Copying text and bytes out of kernel memory and that of processes.</summary>
public static class KernelText
{
    /// <summary>Copies a text that ends with a zero byte (<c>bpf_probe_read_kernel_str</c>, kernel 5.5). What does not fit is cut off; the copy ends with a zero byte.</summary>
    /// <returns>The number of bytes with the zero, or a negative error number.</returns>
    [KernelIntrinsic("text.copy")]
    public static int CopyTo<TBuffer>(this KernelPointer<byte> text, ref TBuffer buffer)
        where TBuffer : unmanaged => throw Core.NotInKernel();

    /// <inheritdoc cref="CopyTo{TBuffer}(KernelPointer{byte}, ref TBuffer)"/>
    [KernelIntrinsic("text.copy")]
    public static int CopyTo<TBuffer>(this KernelArray<byte> text, ref TBuffer buffer)
        where TBuffer : unmanaged => throw Core.NotInKernel();

    /// <summary>Copies a text of the current process (<c>bpf_probe_read_user_str</c>, kernel 5.5). What does not fit is cut off; the copy ends with a zero byte.</summary>
    /// <returns>The number of bytes with the zero, or a negative error number: the page may not be in memory.</returns>
    [KernelIntrinsic("text.copyUser")]
    public static int CopyTo<TBuffer>(this UserPointer<byte> text, ref TBuffer buffer)
        where TBuffer : unmanaged => throw Core.NotInKernel();

    /// <summary>Copies as many bytes as the buffer has (<c>bpf_probe_read_kernel</c>, kernel 5.5); zeros if they cannot be read.</summary>
    /// <returns>0, or a negative error number.</returns>
    [KernelIntrinsic("bytes.copy")]
    public static int CopyBytesTo<T, TBuffer>(this KernelPointer<T> source, ref TBuffer buffer)
        where T : allows ref struct
        where TBuffer : unmanaged => throw Core.NotInKernel();

    /// <inheritdoc cref="CopyBytesTo{T, TBuffer}(KernelPointer{T}, ref TBuffer)"/>
    [KernelIntrinsic("bytes.copy")]
    public static int CopyBytesTo<T, TBuffer>(this KernelArray<T> source, ref TBuffer buffer)
        where T : allows ref struct
        where TBuffer : unmanaged => throw Core.NotInKernel();

    /// <summary>Copies as many bytes of the current process as the buffer has (<c>bpf_probe_read_user</c>, kernel 5.5); zeros if they cannot be read.</summary>
    /// <returns>0, or a negative error number: the page may not be in memory.</returns>
    [KernelIntrinsic("bytes.copyUser")]
    public static int CopyBytesTo<T, TBuffer>(this UserPointer<T> source, ref TBuffer buffer)
        where T : allows ref struct
        where TBuffer : unmanaged => throw Core.NotInKernel();
}
