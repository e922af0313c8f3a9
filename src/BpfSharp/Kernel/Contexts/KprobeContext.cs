using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>The context of <see cref="BpfHook.Kprobe"/> and <see cref="BpfHook.Kretprobe"/> programs: the registers (<c>struct pt_regs</c>).</summary>
[KernelContext(CName = "pt_regs", Hooks = [BpfHook.Kprobe, BpfHook.Kretprobe, BpfHook.Uprobe, BpfHook.Uretprobe, BpfHook.Ksyscall, BpfHook.Kretsyscall])]
public readonly ref struct KprobeContext
{
    private readonly ReadOnlySpan<ulong> _arguments;
    private readonly ulong _returnValue;

    /// <summary>Makes a context of the function's arguments and its return value, for tests.</summary>
    public KprobeContext(ReadOnlySpan<ulong> arguments, ulong returnValue = 0)
    {
        _arguments = arguments;
        _returnValue = returnValue;
    }

    /// <summary>What the function returned; only in <see cref="BpfHook.Kretprobe"/> programs.</summary>
    public ulong ReturnValue
    {
        [KernelIntrinsic("kprobe.returnValue")]
        get => _returnValue;
    }

    /// <summary>The function's argument at an index from 0 to 4, which must be a constant.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such argument.</exception>
    [KernelIntrinsic("kprobe.argument")]
    public ulong Argument(int index) => _arguments[index];
}
