namespace BpfSharp.Compiler.Tests.Passes;

/// <summary>Branches that say the same one after the other, and slots that hold the same.</summary>
public sealed class ChecksTests
{
    [Fact]
    public void APacketCheckInFrontOfAWiderOneGoes() => PassRunner.Gives("""
        b0:
          %0 = param ptr.context
          %1 = load ptr.packet %0 u32
          %2 = load ptr.packetend %0 u32 #4
          jump -> b1
        b1: b0
          %3 = ptradd ptr.packet %1 #34
          %4 = ult i32 %2, %3
          branch %4 -> b3, b2
        b2: b1
          %5 = load i32 %1 u16 #12
          return %5
        b3: b1
          %6 = const i32 #1
          return %6
        """, TwoChecks(14, 34), "checks");

    [Theory]
    [InlineData(34, 14, "")] // The second is the narrower one.
    [InlineData(14, 34, "%20 = load i32 %1 u16 #4\n  store %1, %20 u16 #6")] // Something happens between them.
    public void APacketCheckThatSaysMoreStays(int first, int second, string between)
    {
        string after = PassRunner.After(TwoChecks(first, second, between), "checks");
        Assert.Equal(2, Count(after, "branch"));
    }

    [Fact]
    public void TwoTestsOfBitsBecomeOneComparison()
    {
        // syn && !ack
        string after = PassRunner.After("""
            function @f returns i32 (i32 "flags") {
            b0:
              %0 = param i32
              %1 = const i32 #2
              %2 = and i32 %0, %1
              branch %2 -> b1, b3
            b1: b0
              %3 = const i32 #16
              %4 = and i32 %0, %3
              branch %4 -> b3, b2
            b2: b1
              %5 = const i32 #1
              return %5
            b3: b0, b1
              %6 = const i32
              return %6
            }
            """, "checks", "cleanup", "fold");
        Assert.Equal(1, Count(after, "branch"));
        Assert.Contains("= const i32 #18", after, StringComparison.Ordinal);
        Assert.Contains("= and i32", after, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eq", 3, 16)] // Unequal to one of four patterns says nothing of each bit.
    [InlineData("ne", 2, 3)] // Bit 1 must be set for the one and clear for the other.
    public void TestsOfSeveralBitsThatOnlyTellTogetherStay(string comparison, int first, int second)
    {
        string after = PassRunner.After($$"""
            function @f returns i32 (i32 "flags") {
            b0:
              %0 = param i32
              %1 = const i32 #{{first}}
              %2 = and i32 %0, %1
              %9 = {{comparison}} i32 %2, %1
              branch %9 -> b3, b1
            b1: b0
              %3 = const i32 #{{second}}
              %4 = and i32 %0, %3
              %8 = ne i32 %4, %3
              branch %8 -> b3, b2
            b2: b1
              %5 = const i32 #1
              return %5
            b3: b0, b1
              %6 = const i32
              return %6
            }
            """, "checks", "cleanup");
        Assert.Equal(comparison == "ne" ? 1 : 2, Count(after, "branch"));
    }

    [Fact]
    public void TwoBoundsAreNotMadeOneComparison()
    {
        // i >= 3 && i < 8: as (i - 3) < 5 the verifier would not know that i is below 8.
        string[] passes = ["cleanup", "fold", "gvn", "thread", "phisink", "ranges", "cleanup", "fold", "checks", "cleanup", "fold", "gvn", "addressfold", "dce"];
        string after = PassRunner.After("""
            function @f returns i64 (i64 "i") {
            b0:
              %0 = param i64
              %1 = const i64 #3
              %2 = ult i32 %0, %1
              branch %2 -> b3, b1
            b1: b0
              %3 = const i64 #8
              %4 = ult i32 %0, %3
              branch %4 -> b2, b3
            b2: b1
              %5 = global ptr.data @g
              %6 = ptradd ptr.data %5, %0
              %7 = load i64 %6 u8
              return %7
            b3: b0, b1
              %8 = const i64
              return %8
            }
            """, passes);
        Assert.Equal(2, Count(after, "branch"));
        Assert.DoesNotContain("sub ", after, StringComparison.Ordinal);
    }

    [Fact]
    public void AddressesDoNotBecomePhis()
    {
        // The same field through two addresses: one load through a phi of them would be a load that the verifier refuses where their kinds or bounds differ.
        string after = PassRunner.After("""
            function @f returns i32 (i32 "c") {
            b0:
              %0 = param i32
              %1 = global ptr.data @g
              branch %0 -> b1, b2
            b1: b0
              %2 = ptradd ptr.data %1 #4
              %3 = load i32 %2 u32
              jump -> b3
            b2: b0
              %4 = ptradd ptr.data %1 #8
              %5 = load i32 %4 u32
              jump -> b3
            b3: b1, b2
              %6 = phi i32 %3, %5
              return %6
            }
            """, "cleanup", "fold", "gvn", "memory", "thread", "phisink", "ranges", "checks", "cleanup", "addressfold", "cleanup");
        Assert.Equal(2, Count(after, "load i32"));
        Assert.DoesNotContain("phi ptr", after, StringComparison.Ordinal);
    }

    [Fact]
    public void AKeyThatIsLookedUpAndAddedIsWrittenOnce()
    {
        string after = PassRunner.After(LookUpAndAdd("%0"), "slots");
        Assert.Contains("slot 1 size", after, StringComparison.Ordinal);
        Assert.Equal(2, Count(after, "store"));
        Assert.DoesNotContain("slot 2", after, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("%9", "")] // Another value.
    [InlineData("%0", "%12 = helper i64 %1, %9, %1 #113")] // Between them a helper writes to the first slot.
    public void KeysThatDifferAreBothWritten(string second, string between)
    {
        string after = PassRunner.After(LookUpAndAdd(second, between), "slots");
        Assert.Equal(3, Count(after, "store"));
        Assert.Contains("slot 2", after, StringComparison.Ordinal);
    }

    private static string TwoChecks(int first, int second, string between = "") => $$"""
        function @f returns i32 (ptr.context "c") {
        b0:
          %0 = param ptr.context
          %1 = load ptr.packet %0 u32
          %2 = load ptr.packetend %0 u32 #4
          %3 = ptradd ptr.packet %1 #{{first}}
          %4 = ult i32 %2, %3
          branch %4 -> b3, b1
        b1: b0
          {{between}}
          %5 = ptradd ptr.packet %1 #{{second}}
          %6 = ult i32 %2, %5
          branch %6 -> b3, b2
        b2: b1
          %7 = load i32 %1 u16 #12
          return %7
        b3: b0, b1
          %8 = const i32 #1
          return %8
        }
        """;

    private static string LookUpAndAdd(string second, string between = "") => $$"""
        function @f returns i64 (i64 "key") {
          slot 0 size 8 align 8
          slot 1 size 8 align 8
          slot 2 size 8 align 8
        b0:
          %0 = param i64
          %9 = const i64 #8
          %1 = slot ptr.stack
          store %1, %0 u64
          %2 = map ptr.map @m
          %3 = helper ptr.mapvalue %2, %1 #1
          {{between}}
          %4 = slot ptr.stack #1
          store %4, {{second}} u64
          %5 = slot ptr.stack #2
          %10 = const i64 #16
          store %5, %10 u64
          %6 = helper i64 %2, %4, %5, %9 #2
          return %6
        }
        """;

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
