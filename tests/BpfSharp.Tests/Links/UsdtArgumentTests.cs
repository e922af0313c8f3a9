using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Links;

namespace BpfSharp.Tests.Links;

/// <summary>Operands as GCC and clang write them into notes, and what programs are told of them.</summary>
public class UsdtArgumentTests
{
    [Theory]
    [InlineData("8@%rdi", UsdtArgumentKind.Register, 8, false, 0, 112)]
    [InlineData("-4@%eax", UsdtArgumentKind.Register, 4, true, 0, 80)]
    [InlineData("2@%r12w", UsdtArgumentKind.Register, 2, false, 0, 24)]
    [InlineData("1@%r8b", UsdtArgumentKind.Register, 1, false, 0, 72)]
    [InlineData("-1@%sil", UsdtArgumentKind.Register, 1, true, 0, 104)]
    [InlineData("4@$5", UsdtArgumentKind.Constant, 4, false, 5, 0)]
    [InlineData("-4@$-5", UsdtArgumentKind.Constant, 4, true, -5, 0)]
    [InlineData("8@$0xffffffffffffffff", UsdtArgumentKind.Constant, 8, false, -1, 0)]
    [InlineData("8@(%rsp)", UsdtArgumentKind.Memory, 8, false, 0, 152)]
    [InlineData("8@-16(%rbp)", UsdtArgumentKind.Memory, 8, false, -16, 32)]
    [InlineData("-4@0x10(%r15)", UsdtArgumentKind.Memory, 4, true, 16, 0)]
    [InlineData("8@16(%rax,%rbx,8)", UsdtArgumentKind.ScaledMemory, 8, false, 16, 80, 40, 3)]
    [InlineData("8@(%rax, %r9)", UsdtArgumentKind.ScaledMemory, 8, false, 0, 80, 64, 0)]
    [InlineData("8@8(,%rcx,1)", UsdtArgumentKind.Memory, 8, false, 8, 88)]
    [InlineData("1@flag(%rip)", UsdtArgumentKind.Memory, 1, false, 0x3000 - 0x1100, 128)]
    [InlineData("4@flag+12(%rip)", UsdtArgumentKind.Memory, 4, false, 0x3000 - 0x1100 + 12, 128)]
    [InlineData("4@12+flag(%rip)", UsdtArgumentKind.Memory, 4, false, 0x3000 - 0x1100 + 12, 128)]
    [InlineData("4@flag-4(%rip)", UsdtArgumentKind.Memory, 4, false, 0x3000 - 0x1100 - 4, 128)]
    internal void OperandsOfX64(string text, UsdtArgumentKind kind, int size, bool isSigned, long constant, int register, int second = 0, int scale = 0) =>
        Assert.Equal([new UsdtArgument(kind, size, isSigned, constant, register, second, scale)], UsdtArguments.Parse(Site(text)));

    [Theory]
    [InlineData("8@x0", UsdtArgumentKind.Register, 8, false, 0, 0)]
    [InlineData("-4@w19", UsdtArgumentKind.Register, 4, true, 0, 152)]
    [InlineData("8@sp", UsdtArgumentKind.Register, 8, false, 0, 248)]
    [InlineData("-4@5", UsdtArgumentKind.Constant, 4, true, 5, 0)]
    [InlineData("8@-1", UsdtArgumentKind.Constant, 8, false, -1, 0)]
    [InlineData("8@[x1]", UsdtArgumentKind.Memory, 8, false, 0, 8)]
    [InlineData("4@[sp, 12]", UsdtArgumentKind.Memory, 4, false, 12, 248)]
    [InlineData("-4@[x29, -20]", UsdtArgumentKind.Memory, 4, true, -20, 232)]
    [InlineData("8@[x1,x2]", UsdtArgumentKind.ScaledMemory, 8, false, 0, 8, 16, 0)]
    [InlineData("8@[x1, x2, lsl 3]", UsdtArgumentKind.ScaledMemory, 8, false, 0, 8, 16, 3)]
    [InlineData("8@[x1, x2, lsl #3]", UsdtArgumentKind.ScaledMemory, 8, false, 0, 8, 16, 3)]
    internal void OperandsOfArm64(string text, UsdtArgumentKind kind, int size, bool isSigned, long constant, int register, int second = 0, int scale = 0) =>
        Assert.Equal([new UsdtArgument(kind, size, isSigned, constant, register, second, scale)], UsdtArguments.Parse(Site(text, isArm64: true)));

    [Fact]
    public void ArgumentsStandBehindEachOther()
    {
        Assert.Equal([8, 4, 1], UsdtArguments.Parse(Site("8@%rdi  -4@-20(%rbp) 1@(%rax, %rbx, 2)")).Select(a => a.Size));
        Assert.Equal([4, 8], UsdtArguments.Parse(Site("4@[sp, 60] 8@x0", isArm64: true)).Select(a => a.Size));
        Assert.Empty(UsdtArguments.Parse(Site("")));
        Assert.Equal(12, UsdtArguments.Parse(Site(string.Join(' ', Enumerable.Repeat("8@%rax", 12)))).Length);
        Assert.Contains("more than 12", Assert.Throws<BpfException>(() => UsdtArguments.Parse(Site(string.Join(' ', Enumerable.Repeat("8@%rax", 13))))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8@%xmm0", false)]
    [InlineData("4f@%xmm0", false)]
    [InlineData("8@%rax%rbx", false)]
    [InlineData("3@%rax", false)]
    [InlineData("8%rax", false)]
    [InlineData("@%rax", false)]
    [InlineData("8@", false)]
    [InlineData("8@$", false)]
    [InlineData("8@$--1", false)]
    [InlineData("8@variable", false)]
    [InlineData("8@x(%rax)", false)]
    [InlineData("8@(%rax,%rbx,3)", false)]
    [InlineData("8@(%rax,%rbx,1,1)", false)]
    [InlineData("8@(,%rbx,8)", false)]
    [InlineData("8@8(%rip)", false)]
    [InlineData("8@%rdi", true)]
    [InlineData("8@x31", true)]
    [InlineData("8@[x1, w2]", true)]
    [InlineData("8@[x1, x2, sxtw]", true)]
    [InlineData("8@[x1, x2, lsl 9]", true)]
    [InlineData("8@[]", true)]
    public void OtherFormsAreNamed(string text, bool isArm64)
    {
        BpfException e = Assert.Throws<BpfException>(() => UsdtArguments.Parse(Site("8@" + (isArm64 ? "x0 " : "%rax ") + text, isArm64)));
        Assert.Contains($"argument 1 of a static probe, '{text.Replace(" ", "", StringComparison.Ordinal)}'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AVariableThatTheFileDoesNotNameIsSaid() =>
        Assert.Contains("'other'", Assert.Throws<BpfException>(() => UsdtArguments.Parse(Site("4@other(%rip)"))).Message, StringComparison.Ordinal);

    /// <summary>The structure of C, as libbpf's header usdt.bpf.h declares it.</summary>
    [Fact]
    public void EntriesAreThoseOfTheCHeader()
    {
        Spec spec = MemoryMarshal.Read<Spec>(UsdtEntry.Compact.Write(
            [new(UsdtArgumentKind.Memory, 4, true, -20, 32), new(UsdtArgumentKind.Constant, 1, false, 7), new(UsdtArgumentKind.ScaledMemory, 8, false, 16, 80, 40, 3)], 0x1234));
        Assert.Equal((0x1234ul, 3), (spec.Cookie, spec.Count));
        Assert.Equal((-20, 2u, (short)32, (byte)1, (byte)32), Fields(spec.Arguments[0]));
        Assert.Equal((7, 0u, (short)0, (byte)0, (byte)56), Fields(spec.Arguments[1]));
        Assert.Equal((16, 3u | (40 << 8) | (3 << 20), (short)80, (byte)0, (byte)0), Fields(spec.Arguments[2]));
        Assert.Equal(208, Unsafe.SizeOf<Spec>());

        static (long, uint, short, byte, byte) Fields(Argument a) => (a.ValueOrOffset, a.Kind, a.Register, a.IsSigned, a.Shift);
    }

    private static UsdtSite Site(string arguments, bool isArm64 = false) =>
        new(new BpfUsdtPlace(0x100, 0, arguments), 0x1100, isArm64, name => name == "flag" ? 0x3000 : null);

#pragma warning disable CS0649 // They are read out of the entry's bytes.
    private struct Argument
    {
        public long ValueOrOffset;
        public uint Kind;
        public short Register;
        public byte IsSigned, Shift;
    }

    [InlineArray(12)]
    private struct Arguments
    {
        private Argument _first;
    }

    private struct Spec
    {
        public Arguments Arguments;
        public ulong Cookie;
        public short Count;
    }
#pragma warning restore CS0649
}
