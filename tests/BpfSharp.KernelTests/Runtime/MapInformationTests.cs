using System.Text.Json;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>What the kernel says of maps beside their sizes, next to what bpftool says of them and what was put in.</summary>
public sealed class MapInformationTests
{
    [KernelFact]
    public void MemoryAndFreezingAreWhatBpftoolShows()
    {
        using BpfMap small = Make(MapType.Array, 8, 1), large = Make(MapType.Array, 8, 100_000);
        foreach (BpfMap map in (BpfMap[])[small, large]) Assert.Equal(Bpftool(map).GetProperty("bytes_memlock").GetInt64(), map.GetState().MemoryBytes);
        long more = large.GetState().MemoryBytes - small.GetState().MemoryBytes;
        Assert.True(more >= 99_000 * 8, $"{more}");
        if (ThisKernel.Version >= new KernelVersion(6, 4)) Assert.True(more < 102_000 * 8, $"{more}");
        Assert.Equal((false, 0), (small.GetState().IsFrozen, Bpftool(small).GetProperty("frozen").GetInt32()));
        small.Freeze();
        Assert.Equal((true, 1), (small.GetState().IsFrozen, Bpftool(small).GetProperty("frozen").GetInt32()));
        Assert.Equal((null, null), (small.GetState().OwnerType, small.GetState().OwnerIsJited));
    }

    [KernelFact]
    public void MemoryOfAProgramIsWhatBpftoolShows()
    {
        using Described loaded = Described.Load();
        BpfProgram program = loaded.Programs.Entry;
        long shown = JsonDocument.Parse(Command.Run("bpftool", "-j", "prog", "show", "id", $"{program.Info.Id}")).RootElement.GetProperty("bytes_memlock").GetInt64();
        Assert.Equal((shown, true), (program.GetMemoryBytes(), shown > 0));
    }

    [KernelFact]
    public void ProgramArraySaysWhatItTakes()
    {
        using BpfMap map = Make(MapType.ProgramArray, 4, 2);
        Assert.Null(map.GetState().OwnerType);
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Return(2).Function("put", "xdp")]).Load();
        new BpfProgramArray(map).Set(0, loaded.Program("put"));
        BpfMapState state = map.GetState();
        Assert.Equal((ProgramType.Xdp, Bpftool(map).GetProperty("owner_prog_type").GetString()), (state.OwnerType, "xdp"));
        Assert.Equal(loaded.Program("put").Info.JitedLength > 0, state.OwnerIsJited);
    }

    [KernelFact]
    public void ExtraIsWhatItWasMadeWith()
    {
        bool known = ThisKernel.Version >= new KernelVersion(5, 16);
        using BpfMap map = known
            ? BpfMap.Create(new() { Name = "bloom", Type = MapType.BloomFilter, ValueSize = 8, MaxEntries = 10, Extra = 7 })
            : Make(MapType.Array, 8, 1);
        Assert.Equal(known ? 7ul : null, map.Info.Extra);
    }

    [KernelFact]
    public void TypesOfAMapAreInItsBtf()
    {
        using Described loaded = Described.Load();
        BpfMapInfo info = loaded.Maps.Seen.Info;
        JsonElement shown = Bpftool(loaded.Maps.Seen);
        Assert.Equal(shown.GetProperty("btf_id").GetUInt32(), info.BtfId);
        string[] types = Command.Run("bpftool", "btf", "dump", "id", $"{info.BtfId}").Split('\n');
        Assert.Contains(types, t => t.StartsWith($"[{info.KeyTypeId}] ", StringComparison.Ordinal) && t.Contains("size=4", StringComparison.Ordinal));
        Assert.Contains(types, t => t.StartsWith($"[{info.ValueTypeId}] ", StringComparison.Ordinal) && t.Contains("size=8", StringComparison.Ordinal));
        Assert.Equal((0u, null), (info.KernelValueTypeId, info.KernelBtfId));
    }

    [ClangFact(Needs = KernelNeeds.StructOpsTcp)]
    public void TableOfFunctionsNamesTheKernelsType()
    {
        BpfOpenObject open = Clang.Open("congestion");
        open.Map("plain").AutoLoad = false;
        using BpfObject loaded = open.Load();
        BpfMapInfo info = loaded.Map("linked").Info;
        bool known = ThisKernel.Version >= new KernelVersion(6, 9);
        if (known) Assert.Equal("vmlinux", Assert.Single(BpfBtf.EnumerateInfos(), b => b.Id == info.KernelBtfId).Name);
        else Assert.Null(info.KernelBtfId);
        string line = Command.Run("bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux").Split('\n').Single(static l => l.Contains(" STRUCT 'bpf_struct_ops_tcp_congestion_ops' ", StringComparison.Ordinal));
        Assert.StartsWith($"[{info.KernelValueTypeId}]", line, StringComparison.Ordinal);
    }

    [KernelFact(Minimum = "6.18")]
    public void HashOfAnArrayIsThatOfItsContent()
    {
        using BpfMap map = Make(MapType.Array, 12, 3);
        for (int i = 0; i < 3; i++) map.TryUpdate(BitConverter.GetBytes(i), [.. Enumerable.Range(1, 12).Select(b => (byte)(b + (20 * i)))]);
        Assert.Contains("frozen", Assert.Throws<BpfException>(map.GetHash).Message, StringComparison.Ordinal);
        map.Freeze();
        // sha256sum of 1 to 12 and four zeros, 21 to 32 and four zeros, 41 to 52 and four zeros.
        Assert.Equal("747cb9a4d6cf807ef77782a76f4b9f0d78ebeee093f705022e6d3f3613901816", Convert.ToHexStringLower(map.GetHash()));
        using BpfMap other = Make(MapType.Hash, 8, 3);
        Assert.Contains("arrays", Assert.Throws<BpfException>(other.GetHash).Message, StringComparison.Ordinal);
    }

    private static BpfMap Make(MapType type, int valueSize, uint maxEntries) =>
        BpfMap.Create(new MapSpec { Name = "described", Type = type, KeySize = 4, ValueSize = valueSize, MaxEntries = maxEntries });

    private static JsonElement Bpftool(BpfMap map) => JsonDocument.Parse(Command.Run("bpftool", "-j", "map", "show", "id", $"{map.Info.Id}")).RootElement;
}
