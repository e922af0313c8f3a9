using System.Text.Json;
using BpfSharp.Maps;
using BpfSharp.Objects.Kernel;
using BpfSharp.Programs;
using BpfSharp.Syscalls;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>The walks over all programs, maps and links of the kernel, next to bpftool's lists.</summary>
public class WalkTests
{
    [KernelFact(Minimum = "5.9", Needs = KernelNeeds.NetworkNamespaces)]
    public void WhatIsInTheKernelIsWalkedAsBpftoolListsIt()
    {
        using KernelSandbox sandbox = new();
        NetworkNamespace space = sandbox.AddNetworkNamespace();
        using BpfObject loaded = CodeBuilder.Open(
            [new CodeBuilder().LoadMap(2, "walked").Return(1).Function("walked", "sk_lookup")],
            [new() { Name = "walked", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 4 }]).Load();
        BpfProgramInfo program = loaded.Program("walked").Info;
        BpfMapInfo map = loaded.Map("walked").Info;
        using BpfLink link = loaded.Program("walked").AttachNetworkNamespace(space.Path);
        Compare("prog", BpfProgram.EnumerateIds, program.Id);
        Compare("map", BpfMap.EnumerateIds, map.Id);
        Compare("link", BpfLink.EnumerateIds, link.Info.Id);
        Assert.Equal(program, Assert.Single(BpfProgram.EnumerateInfos(), p => p.Id == program.Id));
        Assert.Equal(map, Assert.Single(BpfMap.EnumerateInfos(), m => m.Id == map.Id));
        Assert.Equal(link.Info, Assert.Single(BpfLink.EnumerateInfos(), l => l.Id == link.Info.Id));

        // Other processes make and close theirs, bpftool itself does: what it lists before and after was there in between.
        static void Compare(string kind, Func<IEnumerable<uint>> walk, uint own)
        {
            HashSet<uint> before = Bpftool(kind);
            uint[] ids = [.. walk()];
            before.IntersectWith(Bpftool(kind));
            Assert.Contains(own, before);
            Assert.Empty(before.Except(ids));
            Assert.Equal(ids.Order().Distinct(), ids);
        }
    }

    [KernelFact]
    public void WhatIsGoneWhenItsTurnComesIsLeftOut()
    {
        BpfMap Make() => BpfMap.Create(new() { Name = "walked", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 4 });
        using BpfMap stays = Make();
        uint gone;
        using (BpfMap goes = Make()) gone = goes.Info.Id;
        Assert.Equal([stays.Info], KernelIds.Read([gone, stays.Info.Id, gone], BpfCommand.MapFromId, "map", KernelMapInfo.Read));
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Return(0).Function("stays", "socket")]).Load();
        using (BpfObject other = CodeBuilder.Open([new CodeBuilder().Return(0).Function("goes", "socket")]).Load()) gone = other.Program("goes").Info.Id;
        BpfProgramInfo program = loaded.Program("stays").Info;
        Assert.Equal([program], KernelIds.Read([gone, program.Id], BpfCommand.ProgramFromId, "program", KernelProgramInfo.Read));
    }

    [KernelFact]
    public void WalkEndsWhileOthersComeAndGo()
    {
        using BpfMap stays = BpfMap.Create(new() { Name = "stays", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 });
        using CancellationTokenSource end = new();
        Thread[] others = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            while (!end.IsCancellationRequested) BpfMap.Create(new() { Name = "goes", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 }).Dispose();
        }))];
        foreach (Thread other in others) other.Start();
        try
        {
            for (int i = 0; i < 300; i++) Assert.Single(BpfMap.EnumerateInfos(), m => m.Name == "stays" && m.Id == stays.Info.Id);
        }
        finally
        {
            end.Cancel();
            foreach (Thread other in others) other.Join();
        }
    }

    [KernelFact(Minimum = "5.8")]
    public void MissingCapabilityIsNamed()
    {
        const int SysAdmin = 21;
        Capabilities.RunWithout([SysAdmin], () =>
        {
            foreach (IEnumerable<uint> walk in (IEnumerable<uint>[])[BpfProgram.EnumerateIds(), BpfMap.EnumerateIds(), BpfLink.EnumerateIds()])
            {
                BpfException e = Assert.Throws<BpfException>(() => walk.Count());
                Assert.Equal("EPERM", e.ErrorName);
                Assert.Contains("CAP_SYS_ADMIN", e.Message, StringComparison.Ordinal);
            }
        });
    }

    private static HashSet<uint> Bpftool(string kind) =>
        [.. JsonDocument.Parse(Command.Run("bpftool", "-j", kind, "show")).RootElement.EnumerateArray().Select(static e => e.GetProperty("id").GetUInt32())];
}
