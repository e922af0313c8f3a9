using BpfSharp.KernelTests.Runtime;
using BpfSharp.Objects.Instructions;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Tables;

/// <summary>Loads programs that may sleep and do nothing with a map but name it.</summary>
public sealed class SleepableMapTests
{
    private static readonly (MapType Type, int Key, int Value, uint Entries, uint Flags)[] s_maps =
    [
        (MapType.Hash, 4, 8, 4, 0), (MapType.LruHash, 4, 8, 4, 0), (MapType.Array, 4, 8, 4, 0), (MapType.PerCpuHash, 4, 8, 4, 0), (MapType.PerCpuArray, 4, 8, 4, 0),
        (MapType.LruPerCpuHash, 4, 8, 4, 0), (MapType.RingBuffer, 0, 0, 4096, 0), (MapType.UserRingBuffer, 0, 0, 4096, 0), (MapType.Queue, 0, 8, 4, 0),
        (MapType.Stack, 0, 8, 4, 0), (MapType.LpmTrie, 8, 8, 4, 1), (MapType.StackTrace, 4, 127 * 8, 4, 0), (MapType.PerfEventArray, 4, 4, 2, 0),
        (MapType.BloomFilter, 0, 8, 4, 0), (MapType.CgroupArray, 4, 4, 1, 0),
    ];

    [KernelFact(Minimum = "5.14")]
    public void TheKernelAllowsWhatTheTableSays()
    {
        KernelVersion kernel = KernelVersion.Parse(File.ReadAllText("/proc/sys/kernel/osrelease")), known = new(6, 18);
        List<string> wrong = [];
        foreach ((MapType type, int key, int value, uint entries, uint flags) in s_maps)
        {
            KernelVersion? since = MapTypes.SinceForSleepable(type);
            if (MapTypes.Since(type) > kernel || (since is null && kernel > known)) continue;
            using BpfObject loaded = CodeBuilder.LoadMap(type, key, value, entries, flags);
            Instruction[] named = [Instruction.Create(Opcode.LoadImmediate64, 1, PseudoSource.MapDescriptor, 0, loaded.Map("map").Fd), default];
            (int error, string log) = ProgramProbe.Load(ProgramType.Syscall, 0, ProgramProbe.Sleepable, 0, [.. named, .. ProgramProbe.Return(0)]);
            if ((error == 0) != (since <= kernel) || (error != 0 && !log.Contains("leepable", StringComparison.Ordinal))) wrong.Add($"{type}: error {error}: {log}");
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }
}
