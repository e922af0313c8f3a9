using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>What <see cref="CallbackPrograms"/> reads and gives.</summary>
internal struct CallbackCall
{
    public uint Number;
    public uint Visited;
    public ulong Sum;
}

/// <summary>Loops and callbacks, and faults that are counted.</summary>
[BpfObject(License = "GPL", CountFaults = true)]
internal sealed partial class CallbackPrograms
{
    [BpfMap(MaxEntries = 64)]
    internal static partial HashMap<uint, ulong> Table { get; }

    [BpfMap(MaxEntries = 16)]
    internal static partial ArrayMap<ulong> Slots { get; }

    /// <summary>Walks the map: adds to each value, sums them up, removes what is 7, ends at a key; a number of 0 is a fault in the body.</summary>
    [BpfProgram(BpfHook.Syscall, FaultResult = -5)]
    internal static int Walk(SyscallContext<CallbackCall> ctx)
    {
        ref CallbackCall call = ref ctx.Value;
        WalkState state = new() { Number = call.Number };
        call.Visited = Table.ForEach(ref state, static (in key, ref value, ref s) =>
        {
            value += 100 / s.Number;
            s.Sum += value * key;
            if (key == 7) Table.Remove(key);
            return key != s.Number;
        });
        call.Sum = state.Sum;
        return 0;
    }

    /// <summary>Walks the array until the sum is large.</summary>
    [BpfProgram(BpfHook.Syscall)]
    internal static int WalkSlots(SyscallContext<CallbackCall> ctx)
    {
        ref CallbackCall call = ref ctx.Value;
        ulong sum = call.Number;
        call.Visited = Slots.ForEach(ref sum, static (in index, ref value, ref s) => (s += value * (index + 1)) < 500);
        call.Sum = sum;
        return 0;
    }

    /// <summary>A loop over numbers.</summary>
    [BpfProgram(BpfHook.Syscall)]
    internal static int Count(SyscallContext<CallbackCall> ctx)
    {
        ref CallbackCall call = ref ctx.Value;
        ulong sum = 0;
        foreach (uint i in Bpf.Range(call.Number))
        {
            if (i == 1500) break;
            sum += i;
        }
        call.Sum = sum;
        return 0;
    }

    /// <summary>Has no faults.</summary>
    [BpfProgram(BpfHook.Xdp)]
    internal static XdpAction Harmless(XdpContext ctx) => XdpAction.Pass;

    private struct WalkState
    {
        public uint Number;
        public ulong Sum;
    }
}
