namespace BpfSharp.Compiler.Tests.Passes;

public sealed class ControlFlowTests
{
    [Fact]
    public void AnInlinedConditionBranchesStraightOn() => PassRunner.Gives("""
        b0:
          %0 = param i32
          branch %0 -> b1, b2
        b1: b0
          %1 = const i32 #3
          return %1
        b2: b0
          %2 = const i32 #4
          return %2
        """, """
        function @f returns i32 (i32 "a") {
        b0:
          %0 = param i32
          branch %0 -> b1, b2
        b1: b0
          %1 = const i32 #1
          jump -> b3
        b2: b0
          %2 = const i32
          jump -> b3
        b3: b1, b2
          %3 = phi i32 %1, %2
          branch %3 -> b4, b5
        b4: b3
          %4 = const i32 #3
          return %4
        b5: b3
          %5 = const i32 #4
          return %5
        }
        """, "thread", "dce");

    [Fact]
    public void AReferenceThatOnlyOneWaySetsIsNoPhi()
    {
        // TryRead: false and null, or true and a pointer.
        string after = PassRunner.After("""
            function @f returns i32 (ptr.context "c") {
            b0:
              %0 = param ptr.context
              %1 = load ptr.packet %0 u32
              %2 = load ptr.packetend %0 u32 #4
              %3 = ptradd ptr.packet %1 #14
              %4 = ule i32 %3, %2
              branch %4 -> b1, b2
            b1: b0
              %5 = const i32 #1
              jump -> b3
            b2: b0
              %6 = const i32
              %7 = const ptr
              jump -> b3
            b3: b1, b2
              %8 = phi i32 %5, %6
              %9 = phi ptr.packet %1, %7
              branch %8 -> b4, b5
            b4: b3
              %10 = load i32 %9 u8 #3
              return %10
            b5: b3
              fault
            }
            """, "thread");
        Assert.DoesNotContain("phi", after, StringComparison.Ordinal);
        Assert.Contains("load i32 %1 u8 #3", after, StringComparison.Ordinal);
    }

    [Fact]
    public void AConditionThatIsKnownIsNotAskedAgain()
    {
        string after = PassRunner.After("""
            function @f returns i32 (i32 "a", i32 "b") {
            b0:
              %0 = param i32
              %1 = param i32 #1
              %2 = ult i32 %0, %1
              branch %2 -> b1, b2
            b1: b0
              %3 = ule i32 %1, %0
              branch %3 -> b3, b2
            b2: b0, b1
              %4 = const i32 #1
              return %4
            b3: b1
              fault
            }
            """, "ranges", "cleanup", "cleanup");
        Assert.DoesNotContain("fault", after, StringComparison.Ordinal);
    }

    [Fact]
    public void ExitsAreShared() => PassRunner.Gives("""
        b0:
          %0 = param i32
          branch %0 -> b1, b2
        b1: b0
          %1 = param i32 #1
          branch %1 -> b4, b3
        b2: b0
          %2 = const i32 #5
          %3 = param i32 #1
          branch %3 -> b3, b4
        b3: b1, b2
          fault
        b4: b2, b1
          %4 = const i32 #5
          return %4
        """, """
        function @f returns i32 (i32 "a", i32 "b") {
        b0:
          %0 = param i32
          branch %0 -> b1, b2
        b1: b0
          %1 = param i32 #1
          branch %1 -> b5, b3
        b2: b0
          %2 = const i32 #5
          %3 = param i32 #1
          branch %3 -> b6, b4
        b3: b1
          fault
        b4: b2
          %4 = const i32 #5
          return %4
        b5: b1
          %5 = const i32 #5
          return %5
        b6: b2
          fault
        }
        """, "cleanup");

    [Fact]
    public void ConstantsGoThroughLoops()
    {
        string after = PassRunner.After("""
            function @f returns i32 (i32 "n") {
            b0:
              %0 = param i32
              %1 = const i32 #1
              %2 = const i32
              jump -> b1
            b1: b0, b2
              %3 = phi i32 %1, %5
              %4 = phi i32 %2, %6
              %7 = ult i32 %4, %0
              branch %7 -> b2, b3
            b2: b1
              %5 = mul i32 %3, %3
              %6 = add i32 %4, %1
              jump -> b1
            b3: b1
              return %3
            }
            """, "sccp", "dce");
        Assert.DoesNotContain("mul", after, StringComparison.Ordinal);
        Assert.Contains("%4 = const i32 #1", after, StringComparison.Ordinal);
        Assert.Contains("return %4", after, StringComparison.Ordinal);
    }

    [Fact]
    public void ALoopsBoundDecidesTheChecksInside()
    {
        // for (int i = 0; i < 16; i++) sum += array[i];
        string after = PassRunner.After("""
            function @f returns i32 () {
            b0:
              %0 = const i32
              %1 = const i32 #16
              %2 = const i32 #1
              jump -> b1
            b1: b0, b3
              %3 = phi i32 %0, %9
              %4 = phi i32 %0, %8
              %5 = slt i32 %3, %1
              branch %5 -> b2, b4
            b2: b1
              %6 = ult i32 %3, %1
              branch %6 -> b3, b5
            b3: b2
              %10 = sext32 i64 %3
              %11 = global ptr.data @g
              %12 = ptradd ptr.data %11, %10
              %7 = load i32 %12 u8
              %8 = add i32 %4, %7
              %9 = add i32 %3, %2
              jump -> b1
            b4: b1
              return %4
            b5: b2
              fault
            }
            """, "ranges", "cleanup");
        Assert.DoesNotContain("fault", after, StringComparison.Ordinal);
        Assert.Contains("zext32", after, StringComparison.Ordinal);
        Assert.Contains("slt i32", after, StringComparison.Ordinal);
    }

    [Fact]
    public void ANullCheckIsDoneOnce()
    {
        string after = PassRunner.After("""
            function @f returns i32 (ptr.mapvalue "p") {
            b0:
              %0 = param ptr.mapvalue
              %1 = const ptr
              %2 = eq i32 %0, %1
              branch %2 -> b1, b2
            b1: b0
              %3 = const i32
              return %3
            b2: b0
              %4 = ne i32 %0, %1
              branch %4 -> b3, b4
            b3: b2
              %5 = load i32 %0 u32
              return %5
            b4: b2
              fault
            }
            """, "ranges", "cleanup");
        Assert.DoesNotContain("fault", after, StringComparison.Ordinal);
        Assert.Contains("eq i32", after, StringComparison.Ordinal);
    }

    [Fact]
    public void AConversionBehindAPhiIsDoneOnce()
    {
        string after = PassRunner.After("""
            function @f returns i32 (i32 "a", i32 "b") {
            b0:
              %0 = param i32
              %1 = param i32 #1
              branch %0 -> b1, b2
            b1: b0
              %2 = swap16 i32 %0
              jump -> b3
            b2: b0
              %3 = swap16 i32 %1
              jump -> b3
            b3: b1, b2
              %4 = phi i32 %2, %3
              %5 = const i32 #8
              %6 = eq i32 %4, %5
              return %6
            }
            """, "phisink", "fold");
        Assert.DoesNotContain("swap", after, StringComparison.Ordinal);
        Assert.Contains("#2048", after, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(", %0", true)]
    [InlineData(" #4", false)]
    public void AddressesOfOneSlotMeetAsOffsets(string second, bool becomesOffset)
    {
        string after = PassRunner.After($$"""
            function @f returns i32 (i64 "a", i32 "b") {
              slot 0 size 16 align 8
            b0:
              %0 = param i64
              %6 = param i32 #1
              %1 = slot ptr.stack
              branch %6 -> b1, b2
            b1: b0
              %2 = ptradd ptr.stack %1 #3
              jump -> b3
            b2: b0
              %3 = ptradd ptr.stack %1{{second}}
              jump -> b3
            b3: b1, b2
              %4 = phi ptr.stack %2, %3
              %5 = load i32 %4 u8
              return %5
            }
            """, "phiaddresses");
        Assert.Equal(becomesOffset, after.Contains("= phi i64", StringComparison.Ordinal));
        Assert.Equal(!becomesOffset, after.Contains("= phi ptr.stack", StringComparison.Ordinal));
    }

    [Fact]
    public void ALoopThatRunsAtLeastOnceAsksAtItsEnd() => PassRunner.Gives("""
        b0:
          %0 = const i32
          jump -> b1
        b1: b1, b0
          %1 = phi i32 %5, %0
          %2 = global ptr.data @g
          %3 = helper i64 #7
          %4 = const i32 #1
          %5 = add i32 %1, %4
          store %2, %5 u32
          %6 = const i32 #16
          %7 = slt i32 %5, %6
          branch %7 -> b1, b2
        b2: b1
          return %5
        """, """
        function @f returns i32 () {
        b0:
          %0 = const i32
          jump -> b1
        b1: b0, b2
          %1 = phi i32 %0, %6
          %2 = const i32 #16
          %7 = global ptr.data @g
          %3 = slt i32 %1, %2
          branch %3 -> b2, b3
        b2: b1
          %4 = helper i64 #7
          %5 = const i32 #1
          %6 = add i32 %1, %5
          store %7, %6 u32
          jump -> b1
        b3: b1
          return %1
        }
        """, "thread", "dce");
}
