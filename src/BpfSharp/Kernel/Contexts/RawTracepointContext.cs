using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>The context of a <see cref="BpfHook.RawTracepoint"/> program: the tracepoint's arguments as 64-bit words (<c>struct bpf_raw_tracepoint_args</c>).</summary>
[KernelContext(CName = "bpf_raw_tracepoint_args", Hooks = [BpfHook.RawTracepoint])]
public readonly ref struct RawTracepointContext
{
    private readonly ReadOnlySpan<ulong> _arguments;

    /// <summary>Makes a context of arguments, for tests.</summary>
    public RawTracepointContext(ReadOnlySpan<ulong> arguments) => _arguments = arguments;

    /// <summary>The argument at an index, which must be a constant.</summary>
    /// <exception cref="IndexOutOfRangeException">The tracepoint has fewer arguments. The kernel refuses to attach such a program.</exception>
    [KernelIntrinsic("context.argument")]
    public ulong Argument(int index) => _arguments[index];
}
