using System.Collections.Immutable;
using BpfSharp.Loading.Core;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Instructions;
using static BpfSharp.Objects.CoreRelocationKind;

namespace BpfSharp.Tests.Loading;

/// <summary>CO-RE's rules on types made by hand; the kernel's own cases are compared with libbpf by build/interop.sh.</summary>
public sealed class CoreRelocatorTests : IDisposable
{
    private readonly List<RawBtf> _open = [];

    public void Dispose() => _open.ForEach(b => b.Dispose());

    [Fact]
    public void MembersAreFoundByNameWhateverTheirPlace()
    {
        Types local = new(), kernel = new();
        int s = local.Struct("s", ("a", local.Int, 0), ("b", local.Int, 32));
        kernel.Struct("s", ("x", kernel.Long, 0), ("b", kernel.Long, 64), ("a", kernel.Int, 128));
        Assert.Equal((4ul, 8ul), Values(local, kernel, s, "0:1", FieldByteOffset));
        Assert.Equal((4ul, 8ul), Values(local, kernel, s, "0:1", FieldByteSize));
        Assert.Equal((1ul, 1ul), Values(local, kernel, s, "0:1", FieldExists));
        Assert.Equal((0ul, 16ul), Values(local, kernel, s, "0:0", FieldByteOffset));
        // From a pointer to the third of them.
        Assert.Equal((16ul, 48ul + 16), Values(local, kernel, s, "2:0", FieldByteOffset));
    }

    [Fact]
    public void AnonymousMembersAreLookedThrough()
    {
        Types local = new(), kernel = new();
        int s = local.Struct("s", ("deep", local.Int, 0));
        int inner = kernel.Union("", ("other", kernel.Long, 0), ("deep", kernel.Int, 0));
        int outer = kernel.Struct("", ("pad", kernel.Long, 0), ("", inner, 64));
        kernel.Struct("s", ("first", kernel.Int, 0), ("", outer, 64));
        Assert.Equal((0ul, 16ul), Values(local, kernel, s, "0:0", FieldByteOffset));
    }

    [Fact]
    public void AMissingMemberPoisonsAndExistenceIsZero()
    {
        Types local = new(), kernel = new();
        int s = local.Struct("s", ("gone", local.Int, 0));
        kernel.Struct("s", ("here", kernel.Int, 0));
        Assert.Equal((1ul, 0ul), Values(local, kernel, s, "0:0", FieldExists));
        Instruction[] code = [Load(4, 0), Wide(0), default];
        Assert.Equal("is not", Patch(local, kernel, s, "0:0", FieldByteOffset, code));
        Assert.Equal((Opcode.Call, 195896080), (code[0].Code, code[0].Immediate));
        // Of a 64-bit immediate both halves.
        CorePatch.Apply(code, 1, new CoreResult(new(0), new(0, IsMissing: true), true));
        Assert.Equal([195896080, 195896080], [code[1].Immediate, code[2].Immediate]);
    }

    [Fact]
    public void FlavoursNameTheSameType()
    {
        Types local = new(), kernel = new();
        int old = local.Struct("s___old", ("a", local.Int, 0));
        int odd = local.Struct("s____odd", ("a", local.Int, 0));
        kernel.Struct("s", ("pad", kernel.Int, 0), ("a", kernel.Int, 32));
        Assert.Equal((0ul, 4ul), Values(local, kernel, old, "0:0", FieldByteOffset));
        // Four underscores are no flavour.
        Assert.Equal((1ul, 0ul), Values(local, kernel, odd, "0", TypeExists));
    }

    [Fact]
    public void AmbiguityNamesBothCandidates()
    {
        Types local = new(), kernel = new();
        int s = local.Struct("s", ("a", local.Int, 0));
        int first = kernel.Struct("s", ("a", kernel.Int, 0));
        int second = kernel.Struct("s___2", ("pad", kernel.Int, 0), ("a", kernel.Int, 32));
        string message = Assert.Throws<CoreException>(() => Values(local, kernel, s, "0:0", FieldByteOffset)).Message;
        Assert.Contains($"'s.a' (type {first} of kernel: 0)", message, StringComparison.Ordinal);
        Assert.Contains($"'s___2.a' (type {second} of kernel: 4, bit 32)", message, StringComparison.Ordinal);
        // Both give one answer to this.
        Assert.Equal((4ul, 4ul), Values(local, kernel, local.Struct("t", ("a", local.Int, 0)), "0:0", FieldByteSize, ("t", 0), ("t___2", 0)));
    }

    [Fact]
    public void AModulesTypesCountOnlyWithoutTheKernels()
    {
        Types local = new(), kernel = new(), module = new(kernel);
        int s = local.Struct("only_there", ("a", local.Int, 0)), both = local.Struct("both", ("a", local.Int, 0));
        kernel.Struct("both", ("a", kernel.Int, 0));
        module.Count = kernel.Count;
        int there = module.Struct("only_there", ("pad", kernel.Int, 0), ("a", kernel.Int, 32));
        module.Struct("both", ("pad", kernel.Int, 0), ("a", kernel.Int, 32));
        CoreRelocator relocator = Relocator(local, kernel, module);
        Assert.Equal(4ul, relocator.Resolve(new(0, s, "0:0", FieldByteOffset)).New.Value);
        Assert.Equal((ulong)there, relocator.Resolve(new(0, s, "0", TypeIdTarget)).New.Value);
        Assert.Equal(0ul, relocator.Resolve(new(0, both, "0:0", FieldByteOffset)).New.Value);
    }

    [Fact]
    public void ArraysHaveBoundsButForTheFlexibleOneAtTheEnd()
    {
        Types local = new(), kernel = new();
        int array = local.Array(local.Int, 8), s = local.Struct("s", ("a", array, 0));
        kernel.Struct("s", ("pad", kernel.Int, 0), ("a", kernel.Array(kernel.Int, 4), 32));
        Assert.Equal((12ul, 16ul), Values(local, kernel, s, "0:0:3", FieldByteOffset));
        Assert.Equal((1ul, 0ul), Values(local, kernel, s, "0:0:4", FieldExists));
        int f = local.Struct("f", ("a", local.Array(local.Int, 0), 0));
        kernel.Struct("f", ("pad", kernel.Int, 0), ("a", kernel.Array(kernel.Int, 0), 32));
        Assert.Equal((40ul, 44ul), Values(local, kernel, f, "0:0:10", FieldByteOffset));
        Assert.Throws<CoreException>(() => Values(local, kernel, s, "0:0:8", FieldByteOffset));
    }

    [Fact]
    public void BitFieldsAreReadAsOneInteger()
    {
        Types local = new(), kernel = new();
        int s = local.Add(new BtfStruct("s", false, 4, [new BtfMember("f", local.Int, 3, 5)]));
        kernel.Add(new BtfStruct("s", false, 16, [new BtfMember("f", kernel.UInt, 70, 12)]));
        // Bits 70 to 81: in the u32 at byte 8, shifted left by 64 - 18 and right by 64 - 12.
        Assert.Equal((0ul, 8ul), Values(local, kernel, s, "0:0", FieldByteOffset));
        Assert.Equal((4ul, 4ul), Values(local, kernel, s, "0:0", FieldByteSize));
        Assert.Equal((56ul, 46ul), Values(local, kernel, s, "0:0", FieldLeftShift));
        Assert.Equal((59ul, 52ul), Values(local, kernel, s, "0:0", FieldRightShift));
        Assert.Equal((1ul, 0ul), Values(local, kernel, s, "0:0", FieldSigned));
    }

    [Fact]
    public void EnumValuesAreFoundByName()
    {
        Types local = new(), kernel = new();
        int e = local.Add(new BtfEnum("e", 4, false, false, [new("A", 0), new("B", 1), new("GONE___x", 2)]));
        kernel.Add(new BtfEnum("e", 8, false, true, [new("B", 0x1_0000_0007), new("A", 5)]));
        Assert.Equal((1ul, 0x1_0000_0007ul), Values(local, kernel, e, "1", EnumValue));
        Assert.Equal((1ul, 0ul), Values(local, kernel, e, "2", EnumValueExists));
        Instruction[] code = [Wide(1), default];
        Assert.Null(Patch(local, kernel, e, "1", EnumValue, code));
        Assert.Equal((7, 1), (code[0].Immediate, code[1].Immediate));
    }

    [Fact]
    public void TypesMatchByTheirMembers()
    {
        Types local = new(), kernel = new();
        int s = local.Struct("s", ("a", local.Int, 0)), t = local.Struct("t", ("a", local.UInt, 0)), gone = local.Struct("gone", ("a", local.Int, 0));
        kernel.Struct("s", ("b", kernel.Long, 0), ("a", kernel.Int, 64));
        kernel.Struct("t", ("a", kernel.Int, 0));
        Assert.Equal((1ul, 1ul), Values(local, kernel, s, "0", TypeMatches));
        // Of another sign.
        Assert.Equal((1ul, 0ul), Values(local, kernel, t, "0", TypeMatches));
        Assert.Equal((1ul, 1ul), Values(local, kernel, t, "0", TypeExists));
        Assert.Equal((4ul, 16ul), Values(local, kernel, s, "0", TypeSize));
        Assert.Equal((4ul, 0ul), Values(local, kernel, gone, "0", TypeSize));
        Assert.Equal(((ulong)gone, (ulong)gone), Values(local, kernel, gone, "0", TypeIdLocal));
    }

    [Fact]
    public void LoadsChangeTheirWidthForPointersAndUnsignedIntegersOnly()
    {
        Types local = new(), kernel = new();
        int s = local.Struct("s", ("u", local.UInt, 0), ("i", local.Int, 32));
        kernel.Struct("s", ("pad", kernel.Long, 0), ("u", kernel.ULong, 64), ("i", kernel.Long, 128));
        Instruction[] code = [Load(4, 0), Load(4, 4)];
        Assert.Null(Patch(local, kernel, s, "0:0", FieldByteOffset, code));
        Assert.Equal((8, 8), (MemorySize.Bytes(code[0].Code), (int)code[0].Offset));
        Assert.Contains("has 8 bytes, not 4", Patch(local, kernel, s, "0:1", FieldByteOffset, code, 1), StringComparison.Ordinal);
        Assert.Equal(195896080, code[1].Immediate);
    }

    [Fact]
    public void AnInstructionThatHoldsAnotherValueIsRefused()
    {
        Types local = new(), kernel = new();
        int s = local.Struct("s", ("a", local.Int, 0), ("b", local.Int, 32));
        kernel.Struct("s", ("b", kernel.Int, 0));
        Instruction[] code = [Load(4, 8), Instruction.Create(0xbf, 1, 2, 0, 0)];
        Assert.Contains("holds 8 where its types say 4", Assert.Throws<CoreException>(() => Patch(local, kernel, s, "0:1", FieldByteOffset, code)).Message, StringComparison.Ordinal);
        Assert.Throws<CoreException>(() => Patch(local, kernel, s, "0:1", FieldByteOffset, code, 1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0:")]
    [InlineData("0:-1")]
    [InlineData("0:9")]
    [InlineData("0:0:0")]
    [InlineData("x")]
    public void PathsThatDoNotFitAreRefused(string access)
    {
        Types local = new(), kernel = new();
        int s = local.Struct("s", ("a", local.Int, 0));
        Assert.Throws<CoreException>(() => Values(local, kernel, s, access, FieldByteOffset));
    }

    private static Instruction Load(int bytes, int offset) => Instruction.Create(0x61 & ~0x18 | MemorySize.FromBytes(bytes), 1, 2, offset, 0);

    private static Instruction Wide(int value) => Instruction.Create(0x18, 1, 0, 0, value);

    private (ulong Old, ulong New) Values(Types local, Types kernel, int type, string access, CoreRelocationKind kind, params (string Name, int Place)[] more)
    {
        foreach ((string name, int place) in more) kernel.Struct(name, ("a", kernel.Int, place));
        CoreResult result = Relocator(local, kernel).Resolve(new CoreRelocationSpec(0, type, access, kind));
        return (result.Old.Value, result.New.Value);
    }

    private string? Patch(Types local, Types kernel, int type, string access, CoreRelocationKind kind, Instruction[] code, int index = 0) =>
        CorePatch.Apply(code, index, Relocator(local, kernel).Resolve(new CoreRelocationSpec(index, type, access, kind)))?.Problem;

    private CoreRelocator Relocator(Types local, Types kernel, Types? module = null)
    {
        RawBtf target = Open(kernel, "kernel", null);
        List<RawBtf> targets = [target];
        if (module is not null) targets.Add(Open(module, "module", target));
        return new CoreRelocator(Open(local, "local", null), new Target(targets));
    }

    private RawBtf Open(Types types, string name, RawBtf? baseBtf)
    {
        RawBtf result = new(NativeBytes.Copy(types.Write(baseBtf)), name, baseBtf);
        _open.Add(result);
        return result;
    }

    private sealed record Target(IReadOnlyList<RawBtf> Types) : ICoreTarget
    {
        public string Description => "the kernel of the test";

        public IEnumerable<RawBtf> InOrder() => Types;
    }

    /// <summary>Types, with the usual integers among them.</summary>
    private sealed class Types(Types? below = null)
    {
        private readonly List<BtfType> _types = below is not null ? [] :
        [
            new BtfInt("int", 4, BtfIntEncoding.Signed, 32), new BtfInt("unsigned int", 4, BtfIntEncoding.None, 32),
            new BtfInt("long", 8, BtfIntEncoding.Signed, 64), new BtfInt("unsigned long", 8, BtfIntEncoding.None, 64),
        ];

        /// <summary>Types below these, when they are a module's.</summary>
        public int Count { get => field + _types.Count; set; }

        public int Int => 1;

        public int UInt => 2;

        public int Long => 3;

        public int ULong => 4;

        public int Add(BtfType type)
        {
            _types.Add(type);
            return Count;
        }

        public int Array(int element, int count) => Add(new BtfArray(element, Int, count));

        public int Struct(string name, params (string Name, int Type, int Bit)[] members) => Composite(name, false, members);

        public int Union(string name, params (string Name, int Type, int Bit)[] members) => Composite(name, true, members);

        public byte[] Write(RawBtf? baseBtf)
        {
            byte[] bytes = BtfWriter.Write(new BtfTypes([.. _types]));
            if (baseBtf is null) return bytes;
            // A module's strings go on where the kernel's end: shift the names.
            uint shift = 0;
            while (baseBtf.TextRoom(shift) > 0) shift++;
            int types = 24, length = BitConverter.ToInt32(bytes, 12);
            for (int at = types; at < types + length;)
            {
                int count = bytes[at + 4];
                for (int name = at; name < at + 12 + (12 * count); name += 12)
                {
                    if (BitConverter.ToInt32(bytes, name) is var offset and not 0) BitConverter.TryWriteBytes(bytes.AsSpan(name), (uint)offset + shift);
                }

                at += 12 + (12 * count);
            }

            return bytes;
        }

        private int Composite(string name, bool isUnion, (string Name, int Type, int Bit)[] members)
        {
            int end = members.Max(m => m.Bit / 8 + (m.Type is 3 or 4 ? 8 : m.Type <= 2 ? 4 : 0));
            ImmutableArray<BtfMember> list = [.. members.Select(m => new BtfMember(m.Name, m.Type, m.Bit))];
            return Add(new BtfStruct(name, isUnion, (end + 7) / 8 * 8 is var size && members.All(m => m.Type <= 2) ? end : size, list));
        }
    }
}
