using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelTypes;

/// <summary>An enum with values that 32 bits do not hold.</summary>
internal enum Wide : ulong
{
    Small = 1,
    Huge = 0x1_0000_0005,
    Largest = ulong.MaxValue,
}

/// <summary>A signed one.</summary>
internal enum Deep : long
{
    Lowest = long.MinValue,
    Zero = 0,
}

internal struct WideValue
{
    public Wide Wide;
    public Deep Deep;
}

/// <summary>A map whose values are such enums.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class WidePrograms
{
    [BpfMap(MaxEntries = 4)]
    static partial HashMap<uint, WideValue> Wides { get; }

    [BpfProgram(BpfHook.Syscall)]
    static int Fill(SyscallContext<WideValue> ctx)
    {
        WideValue value = ctx.Value;
        if (value.Wide == Wide.Huge) value.Wide = Wide.Largest;
        if (value.Deep != Deep.Zero) value.Deep = Deep.Lowest;
        if (!Wides.TryAdd(7, value)) return 1;
        return 0;
    }
}
