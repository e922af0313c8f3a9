using System.Buffers.Binary;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Objects.Tests;

public class BtfTests
{
    private static readonly BtfTypes AllKinds = new(
    [
        new BtfInt("int", 4, BtfIntEncoding.Signed, 32),
        new BtfInt("bits", 4, BtfIntEncoding.Bool | BtfIntEncoding.Char, 5, 3),
        new BtfPointer(0),
        new BtfArray(1, 1, -1),
        new BtfStruct("s", false, 16, [new("a", 1, 0), new("", 3, 64)]),
        new BtfStruct("u", true, 8, [new("b", 1, 0, 3), new("c", 1, 0xffffff, 255)]),
        new BtfStruct("empty", false, 0, []),
        new BtfEnum("e", 4, true, false, [new("minus", -1), new("max", int.MaxValue)]),
        new BtfEnum("f", 4, false, false, [new("max", uint.MaxValue)]),
        new BtfEnum("g", 8, true, true, [new("min", long.MinValue)]),
        new BtfEnum("h", 8, false, true, [new("max", -1), new("max32", 0xffffffff)]),
        new BtfForward("fs", false),
        new BtfForward("fu", true),
        new BtfTypedef("t", 1),
        new BtfQualified(BtfQualifier.Volatile, 1),
        new BtfQualified(BtfQualifier.Const, 15),
        new BtfQualified(BtfQualifier.Restrict, 3),
        new BtfPrototype(0, [new("x", 1), new("", 0)]),
        new BtfFunction("fn", 18, BtfLinkage.Extern),
        new BtfVariable("v", 1, BtfLinkage.Static),
        new BtfDataSection(".data", 4, [new(20, 0, 4)]),
        new BtfFloat("double", 8),
        new BtfDeclarationTag("tag", 5, -1),
        new BtfDeclarationTag("tag", 5, 1, IsAttribute: true),
        new BtfTypeTag("user", 1),
        new BtfTypeTag("percpu", 1, IsAttribute: true),
        new BtfPointer(25),
    ]);

    [Fact]
    public void AllKindsRoundTrip()
    {
        byte[] bytes = BtfWriter.Write(AllKinds);
        Assert.Equal(AllKinds.AsEnumerable(), BtfReader.Read(bytes).AsEnumerable());
        Assert.Equal(AllKinds, BtfReader.Read(bytes));
    }

    [Fact]
    public void EachStringStandsOnce()
    {
        byte[] bytes = BtfWriter.Write(new BtfTypes([new BtfTypedef("same", 0), new BtfTypedef("same", 0), new BtfFloat("same", 8)]));
        // "" and "same".
        Assert.Equal(6, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(20)));
    }

    [ToolFact("bpftool")]
    public void BpftoolReadsAllKinds()
    {
        using var folder = new TemporaryFolder();
        // bpftool reads raw BTF only where it is no ELF file. Its version here knows no attributes.
        BtfTypes types = new([.. AllKinds.Where(t => t is not (BtfDeclarationTag { IsAttribute: true } or BtfTypeTag { IsAttribute: true }))
            .Select(t => t is BtfPointer { TypeId: 25 } ? new BtfPointer(24) : t)]);
        File.WriteAllBytes(folder.File("types.btf"), BtfWriter.Write(types));
        string dump = Tools.Run("bpftool", "btf", "dump", "file", folder.File("types.btf"));
        foreach (string expected in (string[])
                 [
                     "INT 'bits' size=4 bits_offset=3 nr_bits=5", "STRUCT 's' size=16 vlen=2", "'c' type_id=1 bits_offset=16777215 bitfield_size=255",
                     "ENUM 'e' encoding=SIGNED size=4 vlen=2", "'minus' val=-1", "ENUM 'f' encoding=UNSIGNED", "'max' val=4294967295",
                     "ENUM64 'g' encoding=SIGNED size=8", "'min' val=-9223372036854775808LL", "FWD 'fu' fwd_kind=union", "FUNC 'fn' type_id=18 linkage=extern",
                     "VAR 'v' type_id=1, linkage=static", "DECL_TAG 'tag' type_id=5 component_idx=-1", "TYPE_TAG 'user' type_id=1", "FLOAT 'double' size=8",
                 ])
        {
            Assert.Contains(expected, dump);
        }
    }

    [VmlinuxFact]
    public void TheKernelsTypesRoundTrip()
    {
        byte[] bytes = File.ReadAllBytes(VmlinuxFactAttribute.Path);
        BtfTypes types = BtfReader.Read(bytes);
        Assert.True(types.Count > 10_000);
        BtfStruct task = types.OfType<BtfStruct>().First(t => t.Name == "task_struct");
        Assert.Contains(task.Members, m => m.Name == "tgid");
        Assert.Equal(types, BtfReader.Read(BtfWriter.Write(types)));
    }

    [Fact]
    public void SizesAndResolution()
    {
        Assert.Equal(4, AllKinds.SizeOf(1));
        Assert.Equal(8, AllKinds.SizeOf(3));
        Assert.Equal(4, AllKinds.SizeOf(16));
        Assert.Equal(1, AllKinds.Resolve(16));
        Assert.Equal(1, AllKinds.Resolve(25));
        Assert.Null(AllKinds.SizeOf(0));
        Assert.Null(AllKinds.SizeOf(12));
        Assert.Null(AllKinds.SizeOf(18));
        Assert.Null(AllKinds.SizeOf(4));
        Assert.Null(AllKinds.SizeOf(99));
        var arrays = new BtfTypes([new BtfInt("int", 4, BtfIntEncoding.Signed, 32), new BtfArray(1, 1, 3), new BtfArray(2, 1, 5)]);
        Assert.Equal(60, arrays.SizeOf(3));
        // A type that holds itself has no size, and no end.
        var loop = new BtfTypes([new BtfTypedef("a", 2), new BtfTypedef("b", 1), new BtfArray(3, 3, 1)]);
        Assert.Null(loop.SizeOf(1));
        Assert.Null(loop.SizeOf(3));
        Assert.Equal(0, loop.Resolve(1));
    }

    [Fact]
    public void TheBuilderAddsEqualTypesOnce()
    {
        var builder = new BtfBuilder();
        int first = builder.Add(new BtfStruct("s", false, 4, [new("a", 0, 0)]));
        Assert.Equal(1, first);
        Assert.Equal(first, builder.Add(new BtfStruct("s", false, 4, [new("a", 0, 0)])));
        Assert.Equal(2, builder.Add(new BtfStruct("s", false, 4, [new("b", 0, 0)])));
        int node = builder.Reserve(new BtfForward("node", false));
        int pointer = builder.Add(new BtfPointer(node));
        builder.Set(node, new BtfStruct("node", false, 8, [new("next", pointer, 0)]));
        Assert.Equal(node, builder.Add(new BtfStruct("node", false, 8, [new("next", pointer, 0)])));
        Assert.Equal(4, builder.Build().Count);
        Assert.IsType<BtfStruct>(builder[node]);
    }

    [Theory]
    [InlineData(0, 0x00, ".BTF+0x0: This is not little-endian BTF: the magic number is wrong.")]
    [InlineData(2, 0x02, ".BTF+0x2: BTF version 2 is not supported.")]
    [InlineData(4, 0x04, ".BTF+0x4: The header's length 4 is too small.")]
    [InlineData(13, 0x7f, ".BTF+0x18: ")]
    [InlineData(31, 0x1f, ".BTF+0x1c: Type kind 31 is not known.")]
    [InlineData(26, 0x7f, ".BTF+0x")]
    public void CorruptedTypesAreRefused(int offset, byte value, string message)
    {
        byte[] bytes = BtfWriter.Write(AllKinds);
        bytes[offset] = value;
        Assert.StartsWith(message, Assert.Throws<ObjectFormatException>(() => BtfReader.Read(bytes)).Message);
    }

    [Fact]
    public void TypesThatDoNotFitAreRefused()
    {
        Assert.Throws<ArgumentException>(() => BtfWriter.Write(new BtfTypes([new BtfStruct("s", false, 4, [new("a", 0, 1 << 24, 1)])])));
        Assert.Throws<ArgumentException>(() => BtfWriter.Write(new BtfTypes([new BtfEnum("e", 4, false, false, [.. Enumerable.Repeat(new BtfEnumValue("a", 1), 65536)])])));
        Assert.Throws<ArgumentException>(() => BtfWriter.Write(new BtfTypes([new BtfTypedef("a\0b", 0)])));
    }
}

/// <summary>A test that reads the running kernel's types.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class VmlinuxFactAttribute : FactAttribute
{
    public const string Path = "/sys/kernel/btf/vmlinux";

    public VmlinuxFactAttribute()
    {
        if (!File.Exists(Path))
            Skip = $"no {Path}";
    }
}
