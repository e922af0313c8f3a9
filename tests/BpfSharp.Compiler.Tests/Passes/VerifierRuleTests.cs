namespace BpfSharp.Compiler.Tests.Passes;

/// <summary>What passes must not undo, because the verifier needs it.</summary>
public sealed class VerifierRuleTests
{
    [Fact]
    public void AddressesAreComputedBehindTheirChecks()
    {
        // The same address in front of the check and behind it: the verifier knows the index's bound only in the second.
        string after = PassRunner.After("""
            function @f returns i64 (i64 "i") {
            b0:
              %0 = param i64
              %1 = global ptr.data @g
              %2 = const i64 #3
              %3 = shl i64 %0, %2
              %4 = ptradd ptr.data %1, %3
              %5 = opaque ptr.data %4
              %6 = const i64 #2
              %7 = ult i32 %0, %6
              branch %7 -> b1, b2
            b1: b0
              %8 = const i64 #3
              %9 = shl i64 %0, %8
              %10 = ptradd ptr.data %1, %9
              %11 = load i64 %10 u64
              return %11
            b2: b0
              %12 = load i64 %5 u64
              return %12
            }
            """, "gvn", "dce");
        Assert.Equal(2, Count(after, "shl i64"));
        Assert.Equal(2, Count(after, "ptradd"));
    }

    [Fact]
    public void AnEqualComputationThatNoAddressNeedsIsShared()
    {
        string after = PassRunner.After("""
            function @f returns i64 (i64 "i") {
            b0:
              %0 = param i64
              %1 = mul i64 %0, %0
              %2 = trunc i32 %1
              branch %2 -> b1, b2
            b1: b0
              %3 = mul i64 %0, %0
              return %3
            b2: b0
              return %0
            }
            """, "gvn", "dce");
        Assert.Equal(1, Count(after, "mul"));
    }

    [Fact]
    public void ThePacketPointerThatWasComparedIsTheBaseOfTheLoad()
    {
        string after = PassRunner.After("""
            function @f returns i32 (ptr.context "c") {
            b0:
              %0 = param ptr.context
              %1 = load ptr.packet %0 u32
              %2 = load ptr.packetend %0 u32 #4
              %3 = load i64 %1 u8
              %4 = ptradd ptr.packet %1 #14
              %5 = ptradd ptr.packet %4, %3
              %6 = ptradd ptr.packet %5 #8
              %7 = ule i32 %6, %2
              branch %7 -> b1, b2
            b1: b0
              %8 = ptradd ptr.packet %5 #6
              %9 = load i32 %8 u16
              return %9
            b2: b0
              %10 = const i32
              return %10
            }
            """, "fold", "gvn", "addressfold");
        // %5 keeps its base (p + 14) + n, and the load is at %5 + 6.
        Assert.Contains("%4 = ptradd ptr.packet %1 #14", after, StringComparison.Ordinal);
        Assert.Contains("%5 = ptradd ptr.packet %4, %3", after, StringComparison.Ordinal);
        Assert.Contains("load i32 %5 u16 #6", after, StringComparison.Ordinal);
    }

    [Fact]
    public void ContextFieldsAreOneLoadFromTheContext()
    {
        string after = PassRunner.After("""
            function @f returns i32 (ptr.context "c") {
            b0:
              %0 = param ptr.context
              %1 = ptradd ptr.context %0 #8
              %2 = load i32 %1 u32 #4
              %3 = load i32 %1 u8 #4
              %4 = add i32 %2, %3
              return %4
            }
            """, "memory", "addressfold");
        Assert.Contains("load i32 %0 u32 #12", after, StringComparison.Ordinal);
        Assert.DoesNotContain("ptradd", after, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadsThroughDifferentKindsOfPointersAreNotMerged()
    {
        string after = PassRunner.After("""
            function @f returns i32 (i32 "c") {
              slot 0 size 8 align 8
            b0:
              %0 = param i32
              %1 = slot ptr.stack
              %2 = map ptr.map @m
              zero %1 #8
              %3 = helper ptr.mapvalue %2, %1 #1
              %4 = const ptr
              %5 = ne i32 %3, %4
              branch %5 -> b1, b2
            b1: b0
              %6 = load i32 %3 u32
              jump -> b3
            b2: b0
              %7 = global ptr.data @g
              %8 = load i32 %7 u32
              jump -> b3
            b3: b1, b2
              %9 = phi i32 %6, %8
              return %9
            }
            """, "cleanup", "fold", "gvn", "memory", "thread", "phisink", "ranges", "cleanup", "addressfold");
        Assert.Equal(2, Count(after, "load i32"));
        Assert.DoesNotContain("phi ptr", after, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("umod", 10, true)]
    [InlineData("and", 7, false)]
    public void ACheckGoesOnlyIfTheVerifierKnowsTheBound(string operation, int constant, bool stays)
    {
        string after = PassRunner.After($$"""
            function @f returns i64 (i64 "i") {
            b0:
              %0 = param i64
              %1 = const i64 #{{constant}}
              %2 = {{operation}} i64 %0, %1
              %3 = const i64 #10
              %4 = ult i32 %2, %3
              branch %4 -> b1, b2
            b1: b0
              %5 = global ptr.data @g
              %6 = ptradd ptr.data %5, %2
              %7 = load i64 %6 u8
              return %7
            b2: b0
              fault
            }
            """, "ranges", "cleanup");
        Assert.Equal(stays, after.Contains("fault", StringComparison.Ordinal));
    }

    // Before Linux 6.10 the verifier follows sums and differences of two numbers that it does not know, and masks.
    [Theory]
    [InlineData("or", true)]
    [InlineData("xor", true)]
    [InlineData("mul", true)]
    [InlineData("add", false)]
    public void ACheckOfWhatIsPutTogetherOfTwoNumbersStays(string operation, bool stays)
    {
        string after = PassRunner.After($$"""
            function @f returns i64 (i64 "i", i64 "j") {
            b0:
              %0 = param i64
              %1 = param i64 #1
              %2 = const i64 #1
              %3 = and i64 %0, %2
              %4 = const i64 #2
              %5 = and i64 %1, %4
              %6 = {{operation}} i64 %3, %5
              %7 = const i64 #10
              %8 = ult i32 %6, %7
              branch %8 -> b1, b2
            b1: b0
              %9 = global ptr.data @g
              %10 = ptradd ptr.data %9, %6
              %11 = load i64 %10 u8
              return %11
            b2: b0
              fault
            }
            """, "ranges", "cleanup");
        Assert.Equal(stays, after.Contains("fault", StringComparison.Ordinal));
    }

    [Fact]
    public void PaddingIsStillWritten()
    {
        // Bytes 5 to 7 of the key are padding: the helper reads them, so the verifier wants them written.
        PassRunner.Gives("""
              slot 0 size 8 align 8 "key"
            b0:
              %0 = param i32
              %1 = slot ptr.stack
              %2 = ptradd ptr.stack %1 #4
              zero %2 #4
              store %1, %0 u32
              store %1, %0 u8 #4
              %3 = map ptr.map @m
              %4 = helper i64 %3, %1 #3
              return %4
            """, """
            function @f returns i64 (i32 "a") {
              slot 0 size 8 align 8 "key"
            b0:
              %0 = param i32
              %1 = slot ptr.stack
              %9 = ptradd ptr.stack %1 #4
              zero %1 #4
              zero %9 #4
              store %1, %0 u32
              store %1, %0 u8 #4
              %2 = map ptr.map @m
              %3 = helper i64 %2, %1 #3
              return %3
            }
            """, "deadstores");
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
