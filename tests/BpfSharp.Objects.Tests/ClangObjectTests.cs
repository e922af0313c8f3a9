using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Objects.Tests;

public class ClangObjectTests
{
    [ToolTheory("clang-19")]
    [InlineData("v2")]
    [InlineData("v3")]
    [InlineData("v4")]
    public void ReadingThenWritingThenReadingGivesTheSame(string version)
    {
        using var folder = new TemporaryFolder();
        string file = ClangObjects.Compile(folder, ClangObjects.Everything, $"-mcpu={version}");
        ObjectSpec spec = ObjectReader.Read(File.ReadAllBytes(file));
        byte[] written = ObjectWriter.Write(spec);
        ObjectSpec again = ObjectReader.Read(written);
        AssertEqual(spec, again);
        Assert.Equal(written, ObjectWriter.Write(again));
    }

    [ToolFact("clang-19")]
    public void MapsAreRead()
    {
        ObjectSpec spec = ReadEverything();
        Assert.Equal(["bloom", "counts", "first", "outer", "programs"], spec.Maps.Select(m => m.Name).Order());

        MapSpec counts = spec.Maps.Single(m => m.Name == "counts");
        Assert.Equal((MapType.Hash, 8, 8, 10240u, 1u), (counts.Type, counts.KeySize, counts.ValueSize, counts.MaxEntries, counts.Flags));
        Assert.Equal(MapPinning.ByName, counts.Pinning);
        Assert.Equal("key", Assert.IsType<BtfStruct>(spec.Btf![counts.KeyTypeId]).Name);
        Assert.Equal("__u64", spec.Btf[counts.ValueTypeId].Name);

        MapSpec outer = spec.Maps.Single(m => m.Name == "outer");
        Assert.Equal(["", "first"], outer.Values.AsEnumerable());
        Assert.Equal((MapType.Array, 1u, 4, 4), (outer.Inner!.Type, outer.Inner.MaxEntries, outer.Inner.KeySize, outer.Inner.ValueSize));

        Assert.Equal(["", "", "count"], spec.Maps.Single(m => m.Name == "programs").Values.AsEnumerable());

        MapSpec bloom = spec.Maps.Single(m => m.Name == "bloom");
        Assert.Equal((0, 12, 3ul, (int?)0), (bloom.KeySize, bloom.ValueSize, bloom.Extra, bloom.NumaNode));
    }

    [ToolFact("clang-19")]
    public void FunctionsAndRelocationsAreRead()
    {
        ObjectSpec spec = ReadEverything();
        Assert.Equal("GPL", spec.License);
        Assert.Equal(5u, spec.KernelVersion);
        Assert.Equal(["kernel_variable"], spec.WeakExterns.AsEnumerable());
        Assert.Equal(
            ["global_sub", "local_sub", "callback", "count", "second", "third"],
            spec.Functions.Select(f => f.Name));

        FunctionSpec count = spec.Functions.Single(f => f.Name == "count");
        Assert.Equal("tracepoint/raw_syscalls/sys_enter", count.Section);
        Assert.Equal("count", Assert.IsType<BtfFunction>(spec.Btf![count.BtfTypeId]).Name);
        (RelocationKind Kind, string Symbol, int Addend)[] expected =
        [
            (RelocationKind.Data, ".rodata", 0),
            (RelocationKind.Map, "counts", 0),
            (RelocationKind.Data, ".bss", 0),
            (RelocationKind.Function, "callback", 0),
            (RelocationKind.Data, ".data", 16),
            (RelocationKind.Call, "local_sub", 0),
            (RelocationKind.Call, "global_sub", 0),
            (RelocationKind.Extern, "kernel_function", 0),
            (RelocationKind.Extern, "LINUX_KERNEL_VERSION", 0),
            (RelocationKind.Extern, "kernel_variable", 0),
        ];
        Assert.Equal(expected.Order(), count.Relocations.Select(r => (r.Kind, r.Symbol, r.Addend)).Order());
        Assert.False(spec.Functions.Single(f => f.Name == "local_sub").IsGlobal);
        Assert.Contains(spec.Functions.Single(f => f.Name == "global_sub").Relocations, r => r is { Kind: RelocationKind.Call, Symbol: "local_sub" });
    }

    [ToolFact("clang-19")]
    public void LinesAndCoreRelocationsAreRead()
    {
        ObjectSpec spec = ReadEverything();
        FunctionSpec second = spec.Functions.Single(f => f.Name == "second");
        Assert.Equal(0, second.Lines[0].Index);
        Assert.Contains(second.Lines, l => l.Text.Contains("return ctx->nested.member;") && l.File.EndsWith("source.bpf.c", StringComparison.Ordinal));
        CoreRelocationSpec relocation = Assert.Single(second.CoreRelocations);
        Assert.Equal(("0:1:0", CoreRelocationKind.FieldByteOffset), (relocation.Access, relocation.Kind));
        Assert.Equal("task", spec.Btf![relocation.TypeId].Name);
    }

    [ToolFact("clang-19")]
    public void DataSectionsAreRead()
    {
        ObjectSpec spec = ReadEverything();
        DataSectionSpec bss = spec.DataSections.Single(d => d.Name == ".bss");
        Assert.Equal([new VariableSpec("hidden_total", 0, 8), new VariableSpec("dropped", 8, 8)], bss.Variables.OrderBy(v => v.Offset));
        var type = Assert.IsType<BtfDataSection>(spec.Btf![bss.BtfTypeId]);
        Assert.Equal(16, type.Size);
        Assert.Equal([("hidden_total", 0), ("dropped", 8)], type.Variables.Select(v => (spec.Btf[v.TypeId].Name, v.Offset)));
        DataSectionSpec data = spec.DataSections.Single(d => d.Name == ".data");
        Assert.Equal((byte)5, data.Content[16]);
        Assert.DoesNotContain(spec.Btf, t => t.Name is ".maps" or "license" or "_license" or "counts");
    }

    private static ObjectSpec ReadEverything()
    {
        using var folder = new TemporaryFolder();
        return ObjectReader.Read(File.ReadAllBytes(ClangObjects.Compile(folder, ClangObjects.Everything, "-mcpu=v3")));
    }

    /// <summary>Compares part by part, so that a failure shows which part differs.</summary>
    internal static void AssertEqual(ObjectSpec expected, ObjectSpec actual)
    {
        Assert.Equal(expected.Btf?.AsEnumerable(), actual.Btf?.AsEnumerable());
        Assert.Equal(expected.Functions.AsEnumerable(), actual.Functions.AsEnumerable());
        Assert.Equal(expected.Maps.AsEnumerable(), actual.Maps.AsEnumerable());
        Assert.Equal(expected.DataSections.AsEnumerable(), actual.DataSections.AsEnumerable());
        Assert.Equal(expected, actual);
    }
}
