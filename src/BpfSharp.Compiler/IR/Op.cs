namespace BpfSharp.Compiler.IR;

/// <summary>
/// The operations of the IR. <see cref="OpTable"/> says of each how many arguments it has and what it may do.
/// Integer operations have the type of their result; comparisons have the type of their arguments and give an i32 of 0 or 1.
/// </summary>
public enum Op : byte
{
    // Values without arguments.

    /// <summary>The constant <see cref="Value.Immediate"/> (an i32's is sign-extended from 32 bits; a pointer's is 0: null).</summary>
    Const,
    /// <summary>The parameter number <see cref="Value.Immediate"/>.</summary>
    Parameter,
    /// <summary>The address of the stack slot number <see cref="Value.Immediate"/>.</summary>
    SlotAddress,
    /// <summary>The address of the global <see cref="Value.Symbol"/> plus <see cref="Value.Immediate"/> bytes.</summary>
    GlobalAddress,
    /// <summary>The map <see cref="Value.Symbol"/>.</summary>
    MapAddress,
    /// <summary>The function <see cref="Value.Symbol"/>, as helpers with callbacks take it.</summary>
    FunctionAddress,

    // Integer arithmetic, modulo 2^32 or 2^64. Divisions by 0 give 0 (modulo: the dividend), as the instruction set defines:
    // the front end guards them. Shift counts are taken modulo the width.

    /// <summary>a + b.</summary>
    Add,
    /// <summary>a - b.</summary>
    Sub,
    /// <summary>a * b.</summary>
    Mul,
    /// <summary>a / b, unsigned.</summary>
    UDiv,
    /// <summary>a / b, signed, towards zero.</summary>
    SDiv,
    /// <summary>a % b, unsigned.</summary>
    UMod,
    /// <summary>a % b, signed, with the sign of a.</summary>
    SMod,
    /// <summary>a &amp; b.</summary>
    And,
    /// <summary>a | b.</summary>
    Or,
    /// <summary>a ^ b.</summary>
    Xor,
    /// <summary>a &lt;&lt; b.</summary>
    Shl,
    /// <summary>a &gt;&gt; b, unsigned.</summary>
    LShr,
    /// <summary>a &gt;&gt; b, signed.</summary>
    AShr,
    /// <summary>-a.</summary>
    Neg,
    /// <summary>The low two bytes of a swapped, the rest zero.</summary>
    Swap16,
    /// <summary>The low four bytes of a swapped, the rest zero.</summary>
    Swap32,
    /// <summary>The eight bytes of a swapped.</summary>
    Swap64,

    // Conversions.

    /// <summary>The low byte zero-extended.</summary>
    ZExt8,
    /// <summary>The low two bytes zero-extended.</summary>
    ZExt16,
    /// <summary>An i32 zero-extended to i64.</summary>
    ZExt32,
    /// <summary>The low byte sign-extended.</summary>
    SExt8,
    /// <summary>The low two bytes sign-extended.</summary>
    SExt16,
    /// <summary>An i32 sign-extended to i64.</summary>
    SExt32,
    /// <summary>The low four bytes of an i64 as an i32.</summary>
    Trunc,

    // Comparisons of two i32, two i64 or two pointers: 0 or 1.

    /// <summary>a == b.</summary>
    Eq,
    /// <summary>a != b.</summary>
    Ne,
    /// <summary>a &lt; b, unsigned.</summary>
    ULt,
    /// <summary>a &lt;= b, unsigned.</summary>
    ULe,
    /// <summary>a &lt; b, signed.</summary>
    SLt,
    /// <summary>a &lt;= b, signed.</summary>
    SLe,

    // Addresses.

    /// <summary>A pointer, plus an i64 where there is a second argument, plus <see cref="Value.Immediate"/> bytes.</summary>
    PtrAdd,
    /// <summary>The bytes from the second pointer to the first, as i64.</summary>
    PtrDiff,

    // Memory. The address is the first argument plus Immediate bytes; Access says how wide.

    /// <summary>Loads from memory.</summary>
    Load,
    /// <summary>Stores the second argument's low bytes.</summary>
    Store,
    /// <summary>Copies <see cref="Value.Immediate"/> bytes from the second pointer to the first; they do not overlap or are equal.</summary>
    Copy,
    /// <summary>Writes <see cref="Value.Immediate"/> zero bytes.</summary>
    Zero,
    /// <summary>Adds the second argument to memory, atomically (U32 or U64); gives nothing.</summary>
    AtomicAdd,
    /// <summary>Ands, atomically; gives nothing.</summary>
    AtomicAnd,
    /// <summary>Ors, atomically; gives nothing.</summary>
    AtomicOr,
    /// <summary>Xors, atomically; gives nothing.</summary>
    AtomicXor,
    /// <summary>Adds, atomically; gives the old value.</summary>
    AtomicFetchAdd,
    /// <summary>Ands, atomically; gives the old value.</summary>
    AtomicFetchAnd,
    /// <summary>Ors, atomically; gives the old value.</summary>
    AtomicFetchOr,
    /// <summary>Xors, atomically; gives the old value.</summary>
    AtomicFetchXor,
    /// <summary>Exchanges, atomically; gives the old value.</summary>
    AtomicExchange,
    /// <summary>Writes the third argument if memory equals the second, atomically; gives the old value.</summary>
    AtomicCompareExchange,

    // Calls: at most five arguments reach a register.

    /// <summary>Calls the kernel helper number <see cref="Value.Immediate"/>.</summary>
    CallHelper,
    /// <summary>Calls the kernel function (kfunc) <see cref="Value.Symbol"/>.</summary>
    CallKernel,
    /// <summary>Calls the function <see cref="Value.Symbol"/> of this module.</summary>
    CallFunction,

    /// <summary>One argument for each predecessor, in their order.</summary>
    Phi,
    /// <summary>
    /// Its argument, hidden from the optimiser; where <see cref="Value.Immediate"/> is 1, an i32 whose number the verifier forgets as well; where it is 2, a copy of which the
    /// verifier does not know what it is a copy of.
    /// </summary>
    Opaque,

    // Kernel memory. The pass that lowers these decides by the address's region between a load and bpf_probe_read_kernel.

    /// <summary>Reads from the kernel address that is the first argument plus Immediate bytes; 0 if it cannot be read. Access says how wide.</summary>
    KernelRead,
    /// <summary>Like <see cref="KernelRead"/>, of a pointer to a kernel struct: the verifier knows what is there if it knows what the address is.</summary>
    KernelFollow,
    /// <summary>Writes the second argument's low bytes to the kernel address that is the first argument plus Immediate bytes.</summary>
    KernelWrite,
    /// <summary>An address as an i64, a number to the verifier whatever the pointer was.</summary>
    AddressOf,
    /// <summary>An i64 as a kernel address.</summary>
    PointerTo,
    /// <summary>The address that is the first argument, the start of an arena, plus an i64: a pointer into the arena.</summary>
    ArenaAddress,

    // Terminators: the last value of each block, and only that.

    /// <summary>Goes to the one successor.</summary>
    Jump,
    /// <summary>Goes to the first successor if the argument (i32) is not zero, else to the second.</summary>
    Branch,
    /// <summary>Returns, with the argument if the function has a result.</summary>
    Return,
    /// <summary>Ends the program with its hook's safe result.</summary>
    Fault,
    /// <summary>Never reached.</summary>
    Unreachable,
}

/// <summary>What an operation may do.</summary>
[Flags]
public enum OpTraits : byte
{
    /// <summary>Pure: depends on its arguments alone.</summary>
    None = 0,
    /// <summary>Reads memory.</summary>
    Reads = 1,
    /// <summary>Writes memory or has another effect; never removed for want of a use.</summary>
    Writes = 2,
    /// <summary>The arguments can be exchanged.</summary>
    Commutative = 4,
    /// <summary>Ends a block.</summary>
    Terminator = 8,
    /// <summary>A comparison.</summary>
    Compare = 16,
    /// <summary>A call: clobbers r0 to r5.</summary>
    Call = 32,
}

/// <summary>The facts about each operation, in one table.</summary>
public static class OpTable
{
    private const OpTraits ReadsWrites = OpTraits.Reads | OpTraits.Writes;

    /// <summary>An operation's name in IR text, its number of arguments (-1: any) and its traits, by <see cref="Op"/>.</summary>
    private static readonly (Op Op, string Name, int Arguments, OpTraits Traits)[] Rows =
    [
        (Op.Const, "const", 0, OpTraits.None),
        (Op.Parameter, "param", 0, OpTraits.None),
        (Op.SlotAddress, "slot", 0, OpTraits.None),
        (Op.GlobalAddress, "global", 0, OpTraits.None),
        (Op.MapAddress, "map", 0, OpTraits.None),
        (Op.FunctionAddress, "function", 0, OpTraits.None),
        (Op.Add, "add", 2, OpTraits.Commutative),
        (Op.Sub, "sub", 2, OpTraits.None),
        (Op.Mul, "mul", 2, OpTraits.Commutative),
        (Op.UDiv, "udiv", 2, OpTraits.None),
        (Op.SDiv, "sdiv", 2, OpTraits.None),
        (Op.UMod, "umod", 2, OpTraits.None),
        (Op.SMod, "smod", 2, OpTraits.None),
        (Op.And, "and", 2, OpTraits.Commutative),
        (Op.Or, "or", 2, OpTraits.Commutative),
        (Op.Xor, "xor", 2, OpTraits.Commutative),
        (Op.Shl, "shl", 2, OpTraits.None),
        (Op.LShr, "lshr", 2, OpTraits.None),
        (Op.AShr, "ashr", 2, OpTraits.None),
        (Op.Neg, "neg", 1, OpTraits.None),
        (Op.Swap16, "swap16", 1, OpTraits.None),
        (Op.Swap32, "swap32", 1, OpTraits.None),
        (Op.Swap64, "swap64", 1, OpTraits.None),
        (Op.ZExt8, "zext8", 1, OpTraits.None),
        (Op.ZExt16, "zext16", 1, OpTraits.None),
        (Op.ZExt32, "zext32", 1, OpTraits.None),
        (Op.SExt8, "sext8", 1, OpTraits.None),
        (Op.SExt16, "sext16", 1, OpTraits.None),
        (Op.SExt32, "sext32", 1, OpTraits.None),
        (Op.Trunc, "trunc", 1, OpTraits.None),
        (Op.Eq, "eq", 2, OpTraits.Compare | OpTraits.Commutative),
        (Op.Ne, "ne", 2, OpTraits.Compare | OpTraits.Commutative),
        (Op.ULt, "ult", 2, OpTraits.Compare),
        (Op.ULe, "ule", 2, OpTraits.Compare),
        (Op.SLt, "slt", 2, OpTraits.Compare),
        (Op.SLe, "sle", 2, OpTraits.Compare),
        (Op.PtrAdd, "ptradd", -1, OpTraits.None),
        (Op.PtrDiff, "ptrdiff", 2, OpTraits.None),
        (Op.Load, "load", 1, OpTraits.Reads),
        (Op.Store, "store", 2, OpTraits.Writes),
        (Op.Copy, "copy", 2, ReadsWrites),
        (Op.Zero, "zero", 1, OpTraits.Writes),
        (Op.AtomicAdd, "atomic.add", 2, ReadsWrites),
        (Op.AtomicAnd, "atomic.and", 2, ReadsWrites),
        (Op.AtomicOr, "atomic.or", 2, ReadsWrites),
        (Op.AtomicXor, "atomic.xor", 2, ReadsWrites),
        (Op.AtomicFetchAdd, "atomic.fetchadd", 2, ReadsWrites),
        (Op.AtomicFetchAnd, "atomic.fetchand", 2, ReadsWrites),
        (Op.AtomicFetchOr, "atomic.fetchor", 2, ReadsWrites),
        (Op.AtomicFetchXor, "atomic.fetchxor", 2, ReadsWrites),
        (Op.AtomicExchange, "atomic.xchg", 2, ReadsWrites),
        (Op.AtomicCompareExchange, "atomic.cmpxchg", 3, ReadsWrites),
        (Op.CallHelper, "helper", -1, ReadsWrites | OpTraits.Call),
        (Op.CallKernel, "kfunc", -1, ReadsWrites | OpTraits.Call),
        (Op.CallFunction, "call", -1, ReadsWrites | OpTraits.Call),
        (Op.Phi, "phi", -1, OpTraits.None),
        (Op.Opaque, "opaque", 1, OpTraits.None),
        (Op.KernelRead, "kernelread", 1, OpTraits.Reads),
        (Op.KernelFollow, "kernelfollow", 1, OpTraits.Reads),
        (Op.KernelWrite, "kernelwrite", 2, OpTraits.Writes),
        (Op.AddressOf, "addressof", 1, OpTraits.None),
        (Op.PointerTo, "pointerto", 1, OpTraits.None),
        (Op.ArenaAddress, "arena", 2, OpTraits.None),
        (Op.Jump, "jump", 0, OpTraits.Terminator | OpTraits.Writes),
        (Op.Branch, "branch", 1, OpTraits.Terminator | OpTraits.Writes),
        (Op.Return, "return", -1, OpTraits.Terminator | OpTraits.Writes),
        (Op.Fault, "fault", 0, OpTraits.Terminator | OpTraits.Writes),
        (Op.Unreachable, "unreachable", 0, OpTraits.Terminator | OpTraits.Writes),
    ];

    /// <summary>How many operations there are.</summary>
    public static int Count => Rows.Length;

    /// <summary>The name in IR text.</summary>
    public static string Name(this Op op) => Rows[(int)op].Name;

    /// <summary>The number of arguments, -1 if it varies.</summary>
    public static int ArgumentCount(this Op op) => Rows[(int)op].Arguments;

    /// <summary>What it may do.</summary>
    public static OpTraits Traits(this Op op) => Rows[(int)op].Traits;

    /// <summary>Whether it has all of <paramref name="traits"/>.</summary>
    public static bool Has(this Op op, OpTraits traits) => (Rows[(int)op].Traits & traits) == traits;

    /// <summary>Whether it only depends on its arguments and does nothing else.</summary>
    public static bool IsPure(this Op op) => (Rows[(int)op].Traits & (ReadsWrites | OpTraits.Terminator)) == 0;
}
