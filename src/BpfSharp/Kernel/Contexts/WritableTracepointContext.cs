using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>
/// The context of a <see cref="BpfHook.RawTracepointWritable"/> program (<c>struct bpf_raw_tracepoint_args</c>). What the first argument points to is written through the program's first
/// parameter behind the context: a handle, or a <see cref="KernelPointer{T}"/>.
/// </summary>
[KernelContext(CName = "bpf_raw_tracepoint_args", Hooks = [BpfHook.RawTracepointWritable])]
public readonly ref struct WritableTracepointContext
{
    private readonly ReadOnlySpan<ulong> _arguments;

    /// <summary>Makes a context of arguments, for tests.</summary>
    public WritableTracepointContext(ReadOnlySpan<ulong> arguments) => _arguments = arguments;

    /// <summary>The argument at an index, which must be a constant, as a number.</summary>
    /// <exception cref="IndexOutOfRangeException">The tracepoint has fewer arguments. The kernel refuses to attach such a program.</exception>
    [KernelIntrinsic("writable.argument")]
    public ulong Argument(int index) => _arguments[index];
}
