using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>
/// The context of a <see cref="BpfHook.Usdt"/> program: the registers (<c>struct pt_regs</c>) where a static probe was passed, and what its note says of its
/// arguments. Reading one needs kernel 5.15 and a licence of the GPL.
/// </summary>
[KernelContext(CName = "pt_regs", Hooks = [BpfHook.Usdt])]
public readonly ref struct UsdtContext
{
    private readonly ReadOnlySpan<ulong> _arguments;
    private readonly ulong _cookie;

    /// <summary>Makes a context of a probe's arguments and the cookie it was attached with, for tests.</summary>
    public UsdtContext(ReadOnlySpan<ulong> arguments, ulong cookie = 0)
    {
        _arguments = arguments;
        _cookie = cookie;
    }

    /// <summary>How many arguments the probe has, 12 at most.</summary>
    public int ArgumentCount
    {
        [KernelIntrinsic("usdt.argumentCount")]
        get => _arguments.Length;
    }

    /// <summary>What <see cref="BpfUsdt.Cookie"/> was when the program was attached.</summary>
    public ulong Cookie
    {
        [KernelIntrinsic("usdt.cookie")]
        get => _cookie;
    }

    /// <summary>
    /// The argument at an index from 0 to 11, which must be a constant; sign-extended if it is signed. 0 if it lies in memory of the process that cannot be
    /// read now.
    /// </summary>
    /// <exception cref="IndexOutOfRangeException">The probe has no such argument; in the kernel that is a fault.</exception>
    [KernelIntrinsic("usdt.argument")]
    public ulong Argument(int index) => _arguments[index];
}
