using System.Text.Json;
using BpfSharp.Objects.Btf;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>What the kernel says of the BTF that it holds, next to bpftool and <c>/sys/kernel/btf</c>.</summary>
public sealed class BtfTests
{
    [KernelFact]
    public void TypesOfAProgramAreOpenedByTheirId()
    {
        using Described loaded = Described.Load();
        using BpfBtf btf = BpfBtf.OpenById(loaded.Programs.Entry.Info.BtfId);
        JsonElement shown = JsonDocument.Parse(Command.Run("bpftool", "-j", "btf", "show", "id", $"{btf.Id}")).RootElement;
        BpfBtfInfo info = btf.Info;
        Assert.Equal((shown.GetProperty("id").GetUInt32(), shown.GetProperty("size").GetInt32(), "", false), (info.Id, info.Size, info.Name, info.IsKernel));
        byte[] bytes = btf.GetBytes();
        Assert.Equal(info.Size, bytes.Length);
        // bpftool names each type in a line of its own.
        string[] lines = [.. Command.Run("bpftool", "btf", "dump", "id", $"{btf.Id}").Split('\n').Where(static l => l.StartsWith('['))];
        BtfTypes types = BtfReader.Read(bytes);
        Assert.Equal(lines.Length, types.Count);
        Assert.Contains(lines, static l => l.Contains("FUNC 'Entry'", StringComparison.Ordinal));
        Assert.Contains(types, static t => t is BtfFunction { Name: "Entry" });
    }

    [KernelFact(Minimum = "5.11")]
    public void KernelsTypesAreThoseOfItsFile()
    {
        BpfBtfInfo info = Assert.Single(BpfBtf.EnumerateInfos(), static b => b.Name == "vmlinux");
        Assert.True(info.IsKernel);
        using BpfBtf btf = BpfBtf.OpenById(info.Id);
        Assert.Equal(info, btf.Info);
        Assert.True(File.ReadAllBytes("/sys/kernel/btf/vmlinux").AsSpan().SequenceEqual(btf.GetBytes()));
        // Each module that describes its types has a file, and is in the walk.
        IEnumerable<string> modules = Directory.GetFiles("/sys/kernel/btf").Select(static f => Path.GetFileName(f)).Order(StringComparer.Ordinal);
        Assert.Equal(modules, BpfBtf.EnumerateInfos().Where(static b => b.IsKernel).Select(static b => b.Name).Order(StringComparer.Ordinal));
    }

    [KernelFact]
    public void WhatIsInTheKernelIsWalkedAsBpftoolListsIt()
    {
        using Described loaded = Described.Load();
        uint own = loaded.Programs.Entry.Info.BtfId;
        HashSet<uint> before = Listed();
        uint[] ids = [.. BpfBtf.EnumerateIds()];
        // What bpftool lists before and after was there in between.
        before.IntersectWith(Listed());
        Assert.Contains(own, before);
        Assert.Empty(before.Except(ids));
        Assert.Equal(ids.Order().Distinct(), ids);
        Assert.Equal("ENOENT", Assert.Throws<BpfException>(() => BpfBtf.OpenById(int.MaxValue)).ErrorName);

        static HashSet<uint> Listed() => [.. JsonDocument.Parse(Command.Run("bpftool", "-j", "btf", "show")).RootElement.EnumerateArray().Select(static e => e.GetProperty("id").GetUInt32())];
    }

    [KernelFact]
    public void MissingCapabilityIsNamed()
    {
        const int SysAdmin = 21;
        using Described loaded = Described.Load();
        uint id = loaded.Programs.Entry.Info.BtfId;
        Capabilities.RunWithout([SysAdmin], () =>
        {
            Assert.Contains("CAP_SYS_ADMIN", Assert.Throws<BpfException>(() => BpfBtf.EnumerateIds().Count()).Message, StringComparison.Ordinal);
            Assert.Contains("CAP_SYS_ADMIN", Assert.Throws<BpfException>(() => BpfBtf.OpenById(id)).Message, StringComparison.Ordinal);
        });
    }
}
