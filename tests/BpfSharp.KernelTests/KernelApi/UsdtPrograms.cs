using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>What a probe with many arguments passed.</summary>
internal struct PassedForms
{
    public ulong Whole, Constant, Calls;
    public long Scaled, Variable;
    public int Half, Memory, Behind;
    public uint Ninth;
    public short Negative;
    public ushort Before;
    public byte Low;
    public sbyte Unscaled;
}

/// <summary>Programs at static probes of the library that was compiled with the tests.</summary>
[BpfObject(License = "GPL", CountFaults = true)]
internal sealed partial class UsdtPrograms
{
    internal static PassedForms forms;
    internal static long sum;
    internal static ulong cookies;
    internal static int counts;
    internal static int behind;

    [BpfProgram(BpfHook.Usdt, "usdt.so:app:forms")]
    static int Forms(
        UsdtContext ctx, ulong whole, int half, byte low, short negative, ulong constant, int memory, ushort before, long scaled, sbyte unscaled, long variable, int upper, uint ninth)
    {
        forms.Whole = whole;
        forms.Half = half;
        forms.Low = low;
        forms.Negative = negative;
        forms.Constant = constant;
        forms.Memory = memory;
        forms.Before = before;
        forms.Scaled = scaled;
        forms.Unscaled = unscaled;
        forms.Variable = variable;
        forms.Behind = upper;
        forms.Ninth = ninth;
        forms.Calls++;
        return 0;
    }

    [BpfProgram(BpfHook.Usdt, "usdt.so:app:places")]
    static int Places(UsdtContext ctx)
    {
        sum += (long)ctx.Argument(0);
        cookies += ctx.Cookie;
        counts += ctx.ArgumentCount;
        return 0;
    }

    [BpfProgram(BpfHook.Usdt, "usdt.so:app:none")]
    static int None(UsdtContext ctx)
    {
        cookies += ctx.Cookie;
        counts += 1 + ctx.ArgumentCount;
        return 0;
    }

    [BpfProgram(BpfHook.Usdt, "usdt.so:app:hit")]
    static int TooMany(UsdtContext ctx, int first, int second)
    {
        behind++;
        return 0;
    }
}
