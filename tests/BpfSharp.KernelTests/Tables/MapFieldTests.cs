using BpfSharp.KernelTests.KernelApi;
using BpfSharp.Objects.Instructions;
using Table = BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Tables;

/// <summary>Loads programs of each type that do nothing with a map but name it.</summary>
public sealed class MapFieldTests
{
    // The verifier looks at maps first, so that it does not matter what such a program would need besides.
    private static readonly Table.ProgramType[] s_types =
    [
        Table.ProgramType.SocketFilter, Table.ProgramType.Kprobe, Table.ProgramType.Tracepoint, Table.ProgramType.PerfEvent, Table.ProgramType.RawTracepoint,
        Table.ProgramType.RawTracepointWritable, Table.ProgramType.SchedCls, Table.ProgramType.Xdp, Table.ProgramType.CgroupSkb, Table.ProgramType.SkMsg, Table.ProgramType.Syscall,
    ];

    [KernelTheory(Minimum = "5.15")]
    [InlineData("bpf_spin_lock")]
    [InlineData("bpf_timer")]
    public void TheKernelKeepsProgramsFromMapsAsTheTableSays(string field)
    {
        Table.KernelVersion kernel = Table.KernelVersion.Parse(File.ReadAllText("/proc/sys/kernel/osrelease"));
        Table.MapField rule = Table.MapFields.All.Single(f => f.TypeName == field);
        using LockPrograms locks = LockPrograms.Load();
        using TimerPrograms timers = TimerPrograms.Load();
        int map = field == "bpf_timer" ? timers.Maps.Sessions.Fd : locks.Maps.Accounts.Fd;
        List<string> wrong = [];
        foreach (Table.ProgramType type in s_types)
        {
            bool sleepable = type == Table.ProgramType.Syscall;
            bool expected = rule.SinceFor(type, sleepable) <= kernel;
            (int error, string log) = ProgramProbe.Load(type, 0, sleepable ? ProgramProbe.Sleepable : 0, 0, [.. Named(map), .. ProgramProbe.Return(0)]);
            if ((error == 0) != expected || (error != 0 && !log.Contains(field, StringComparison.Ordinal))) wrong.Add($"{type}: error {error}: {log}");
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    /// <summary>The instruction that loads a map's address, of which the second half is empty.</summary>
    private static Instruction[] Named(int map) => [Instruction.Create(Opcode.LoadImmediate64, 1, PseudoSource.MapDescriptor, 0, map), default];
}
