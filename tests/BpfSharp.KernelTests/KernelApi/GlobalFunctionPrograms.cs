using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>With padding, which a global function's caller has to write.</summary>
internal struct Weight
{
    public byte Kind;
    public uint Factor;
    public ushort Limit;
}

/// <summary>Functions that the verifier checks by themselves: integers, the context, numbers and structs from the stack, a map and a global.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class GlobalFunctionPrograms
{
    [BpfMap(MaxEntries = 2)]
    internal static partial ArrayMap<Weight> Weights { get; }

    internal static Weight last;
    internal static uint calls;
    internal static ulong sum;

    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction Filter(XdpContext ctx)
    {
        uint size = Length(ctx), total = 3;
        Weight own = new() { Kind = (byte)size, Factor = size + 7, Limit = 1000 };
        int result = Weigh(in own, ref total, size);
        ref Weight kept = ref Weights[1];
        kept.Limit = 500;
        result += Weigh(in kept, ref kept.Factor, size);
        result -= Weigh(in last, ref total, size);
        // A copy: what the function does to it is not seen here.
        result += Halve(own) + (int)own.Factor;
        last = own;
        sum += total;
        // A division by zero for each fifth size, which ends the program.
        result += Divide(total, size % 5);
        return (XdpAction)result;
    }

    [BpfGlobalFunction]
    internal static uint Length(XdpContext ctx) => ctx.Packet.Remaining;

    [BpfGlobalFunction(Name = "weigh")]
    internal static int Weigh(in Weight weight, ref uint total, uint size)
    {
        calls++;
        total += weight.Factor * size;
        for (int i = 0; i < 4 && total > weight.Limit; i++) total /= 2;
        return weight.Kind == 3 ? -1 : (int)(total ^ weight.Limit);
    }

    [BpfGlobalFunction]
    internal static int Halve(Weight weight)
    {
        weight.Factor /= 2;
        return (int)weight.Factor;
    }

    [BpfGlobalFunction]
    internal static int Divide(uint value, uint by) => (int)(value / by);
}
