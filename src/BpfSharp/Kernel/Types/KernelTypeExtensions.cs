using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>What every handle of a kernel struct can be asked.</summary>
public static class KernelTypeExtensions
{
    /// <summary>Members of handles.</summary>
    extension<T>(T handle)
        where T : struct, IKernelType, allows ref struct
    {
        /// <summary>Whether the handle stands for nothing. Members of such a handle read as zero.</summary>
        public bool IsNull
        {
            [KernelIntrinsic("handle.isNull")]
            get => throw Core.NotInKernel();
        }

        /// <summary>The struct's address in kernel memory.</summary>
        public ulong Address
        {
            [KernelIntrinsic("handle.address")]
            get => throw Core.NotInKernel();
        }

        /// <summary>
        /// The address without its type, for example to say that a <c>sock</c> is the beginning of a <c>tcp_sock</c>: <c>sk.Pointer.As&lt;tcp_sock>()</c>.
        /// The kernel does not know what is there then, so members are read by <c>bpf_probe_read_kernel</c>.
        /// </summary>
        public KernelPointer Pointer
        {
            [KernelIntrinsic("handle.pointer")]
            get => throw Core.NotInKernel();
        }
    }
}
