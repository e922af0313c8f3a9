using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>What a step of <see cref="MapPrograms"/> does, and what came of it.</summary>
internal struct MapStep
{
    public int Operation;
    public uint Key;
    public ulong Value;
    public int Result;
    public int Unused;
}

/// <summary>A record with padding behind its first field.</summary>
internal struct MapRecord
{
    public byte Kind;
    public ulong Value;
}

/// <summary>Programs that do one map operation a run; user space chooses which.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class MapPrograms
{
    [BpfMap(MaxEntries = 8)]
    internal static partial HashMap<uint, ulong> Table { get; }

    [BpfMap(MaxEntries = 4)]
    internal static partial ArrayMap<ulong> Slots { get; }

    [BpfMap(MaxEntries = 4096)]
    internal static partial RingBuffer<MapRecord> Records { get; }

    internal static ulong total;
    internal static int level = 5;
    internal static readonly uint Step;

    [BpfProgram(BpfHook.Syscall)]
    internal static int Run(SyscallContext<MapStep> ctx)
    {
        ref MapStep step = ref ctx.Value;
        ulong found = 0;
        bool done = step.Operation switch
        {
            0 => Table.TryAdd(step.Key, step.Value),
            1 => Table.Set(step.Key, step.Value),
            2 => Table.TryUpdate(step.Key, step.Value),
            3 => Table.Remove(step.Key),
            4 => Table.TryGetValue(step.Key, out found),
            5 => Table.Contains(step.Key),
            6 => Slots.Set(step.Key, step.Value),
            7 => Slots.TryGetValue(step.Key, out found),
            _ => AddInPlace(step.Key, step.Value),
        };
        step.Value = found;
        step.Result = done ? 1 : 0;
        total += (ulong)level + Step;
        return done ? level : -1;
    }

    [BpfProgram(BpfHook.Syscall)]
    internal static int Record(SyscallContext<MapStep> ctx)
    {
        ref MapStep step = ref ctx.Value;
        if (step.Operation == 0) return Records.Output(new MapRecord { Kind = (byte)step.Key, Value = step.Value }) ? 1 : 0;
        if (step.Operation == 4) return Records.Output(new MapRecord { Kind = (byte)step.Key, Value = step.Value }, RingWakeUp.Force) ? 1 : 0;
        if (!Records.TryReserve(out Reservation<MapRecord> record)) return -1;
        record.Value.Kind = (byte)step.Key;
        record.Value.Value = step.Value;
        if (step.Operation == 1) record.Submit();
        else if (step.Operation == 3) record.Submit(RingWakeUp.None);
        else record.Discard();
        return 2;
    }

    // In .NET what is forgotten keeps its room.
    [BpfMap(MaxEntries = 1 << 20)]
    internal static partial RingBuffer<MapRecord> Forgotten { get; }

    /// <summary>Leaves records alone on some ways out, and reserves into a variable that still holds one.</summary>
    [BpfProgram(BpfHook.Syscall)]
    internal static int Forget(SyscallContext<MapStep> ctx)
    {
        ref MapStep step = ref ctx.Value;
        int submitted = 0;
        for (int i = 0; i < 4; i++)
        {
            if (step.Key == i) return submitted;
            if (!Forgotten.TryReserve(out Reservation<MapRecord> record)) return -1;
            record.Value.Kind = (byte)i;
            record.Value.Value = step.Value;
            if (step.Operation == i) return submitted;
            if ((step.Value & (1ul << i)) == 0) continue;
            record.Submit();
            submitted++;
        }

        return submitted + (Leave(step.Key) ? 10 : 0);
    }

    private static bool Leave(uint key)
    {
        if (!Forgotten.TryReserve(out Reservation<MapRecord> left)) return false;
        left.Value.Kind = (byte)key;
        return left.Value.Kind == 9;
    }

    /// <summary>Faults where .NET throws: an index out of range, a division by zero, a reference to nothing.</summary>
    [BpfProgram(BpfHook.Syscall, FaultResult = -77)]
    internal static int Fault(SyscallContext<MapStep> ctx)
    {
        ref MapStep step = ref ctx.Value;
        if (step.Operation == 0) return (int)Slots[step.Key];
        if (step.Operation == 1) return (int)(step.Value / step.Key);
        Table.TryGetRef(step.Key, out Ref<ulong> value);
        return (int)value.Value;
    }

    private static bool AddInPlace(uint key, ulong value)
    {
        if (!Table.TryGetRef(key, out Ref<ulong> found)) return false;
        found.Value += value;
        Slots[key & 3] ^= value;
        return true;
    }
}
