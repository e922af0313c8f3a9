using BpfSharp.KernelTests.Runtime;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runner;

/// <summary>An owner of maps and links that waits to be killed: half of what it has is pinned.</summary>
static class Holder
{
    /// <summary>A program that counts system calls in the array <c>counts</c>.</summary>
    public static BpfOpenObject Counter() => CodeBuilder.Open(
        [new CodeBuilder().Move(1, 0).Store32(10, -4, 1).MoveRegister(2, 10).AddImmediate(2, -4).LoadMap(1, "counts").Helper(1)
            .JumpIfEqual(0, 0, 2).Move(1, 1).AtomicAdd64(0, 0, 1).Return(0).Function("count", "raw_tp/sys_enter")],
        [new() { Name = "counts", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 }]);

    /// <summary>Pins into a folder, says the ids of what is not pinned (a map, a program), and never returns.</summary>
    public static int Run(string folder)
    {
        BpfHashMap<int, long> pinned = Map("pinned"), unpinned = Map("unpinned");
        for (int i = 0; i < 100; i++) (pinned[i], unpinned[i]) = (i, i);
        pinned.Pin(Path.Combine(folder, "map"));
        BpfObject stays = Counter().Load(), goes = Counter().Load();
        BpfLink link = stays.Program("count").Attach(), lost = goes.Program("count").Attach();
        link.Pin(Path.Combine(folder, "link"));
        stays.Map("counts").Pin(Path.Combine(folder, "counts"));
        stays.Program("count").Pin(Path.Combine(folder, "program"));
        Console.WriteLine($"ready {unpinned.Info.Id} {goes.Program("count").Info.Id} {stays.Program("count").Info.Id}");
        Thread.Sleep(Timeout.Infinite);
        GC.KeepAlive((pinned, unpinned, stays, goes, link, lost));
        return 0;
    }

    private static BpfHashMap<int, long> Map(string name) =>
        new(BpfMap.Create(new MapSpec { Name = name, Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 100 }));
}
