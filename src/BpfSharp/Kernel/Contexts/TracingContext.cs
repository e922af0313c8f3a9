using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>
/// The context of programs whose arguments the kernel declares in BTF: <see cref="BpfHook.BtfTracepoint"/>, <see cref="BpfHook.Fentry"/>,
/// <see cref="BpfHook.Fexit"/>, <see cref="BpfHook.ModifyReturn"/> and <see cref="BpfHook.Lsm"/>. The program's parameters behind it are the arguments, in order and
/// from the first on; behind the last of them stands the function's result, where the program runs after it.
/// </summary>
[KernelContext(Hooks = [BpfHook.BtfTracepoint, BpfHook.Fentry, BpfHook.Fexit, BpfHook.ModifyReturn, BpfHook.Lsm])]
public readonly ref struct TracingContext
{
    private readonly ReadOnlySpan<ulong> _arguments;

    /// <summary>Makes a context of arguments, for tests.</summary>
    public TracingContext(ReadOnlySpan<ulong> arguments) => _arguments = arguments;

    /// <summary>The argument at an index, which must be a constant, as a number.</summary>
    /// <exception cref="IndexOutOfRangeException">There are fewer arguments. The kernel refuses to load such a program.</exception>
    [KernelIntrinsic("tracing.argument")]
    public ulong Argument(int index) => _arguments[index];
}
