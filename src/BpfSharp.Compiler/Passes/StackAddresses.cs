using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>Addresses of the stack in variables, while those are still in memory: a callback may put none into the stack of its caller.</summary>
internal static class StackAddresses
{
    /// <summary>Whether a loop's body puts such addresses into variables that it shares with the code around it.</summary>
    internal static bool AreKept(Function function, NumberLoop loop, int[] offsets)
    {
        bool[] holds = new bool[function.Slots.Count];
        List<Value> writes = [.. function.Blocks.SelectMany(static b => b.Values).Where(static v => v.Op is Op.Store or Op.Copy)];
        while (writes.Exists(w => Written(w) is { } slot && !holds[slot] && (holds[slot] = Keeps(w)))) { }
        return writes.Exists(w => loop.Body.Contains(w.Block!) && Written(w) is { } slot && offsets[slot] >= 0 && Keeps(w));

        bool Keeps(Value write)
        {
            if (write.Op == Op.Copy) return SlotOf(write.Arguments[1]) is { } source && holds[source];
            Value start = Start(write.Arguments[1]);
            return start.Type.IsPointer && (start.Op == Op.SlotAddress || (start.Op == Op.Load && SlotOf(start.Arguments[0]) is { } from && holds[from]));
        }
    }

    private static int? Written(Value write) => SlotOf(write.Arguments[0]);

    private static int? SlotOf(Value address) => Start(address) is { Op: Op.SlotAddress } slot ? (int)slot.Immediate : null;

    private static Value Start(Value address)
    {
        while (address.Op == Op.PtrAdd) address = address.Arguments[0];
        return address;
    }
}
