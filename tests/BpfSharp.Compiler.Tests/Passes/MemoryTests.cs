namespace BpfSharp.Compiler.Tests.Passes;

public sealed class MemoryTests
{
    /// <summary>A load of @g or of slot 0 (%2) behind something, and whether it is done again.</summary>
    [Theory]
    [InlineData("%5 = load i32 %1 u32", "%6 = load i32 %1 u32", false)]
    [InlineData("%5 = load i32 %1 u32\n%7 = helper i64 #5", "%6 = load i32 %1 u32", true)]
    [InlineData("%5 = load i32 %1 u32\n%7 = const i64\natomic.add %1, %7 u64 #8", "%6 = load i32 %1 u32", true)]
    [InlineData("%5 = load i32 %1 u32\nstore %2, %0 u32", "%6 = load i32 %1 u32", false)]
    [InlineData("%5 = load i32 %1 u32\nstore %1, %0 u32 #2", "%6 = load i32 %1 u32", true)]
    [InlineData("%5 = load i32 %1 u32\nstore %1, %0 u32 #4", "%6 = load i32 %1 u32", false)]
    [InlineData("store %2, %0 u32\n%7 = helper i64 #5", "%6 = load i32 %2 u32", false)]
    [InlineData("store %2, %0 u32\n%7 = map ptr.map @m\n%8 = helper ptr.mapvalue %7, %2 #1", "%6 = load i32 %2 u32", false)]
    [InlineData("store %2, %0 u32\n%7 = const i32 #4\n%8 = const i64\n%9 = helper i64 %2, %7, %8 #113", "%6 = load i32 %2 u32", true)]
    [InlineData("store %2, %0 u32\n%8 = const i64\n%9 = kfunc i64 %2 @k", "%6 = load i32 %2 u32", true)]
    [InlineData("zero %2 #8", "%6 = load i32 %2 u32 #4", false)]
    [InlineData("%5 = global ptr.data @r\n%7 = load i32 %5 u32\n%8 = helper i64 #5", "%6 = load i32 %5 u32", false)]
    [InlineData("%5 = load i32 %3 u32\n%7 = helper i64 #5", "%6 = load i32 %3 u32", false)]
    [InlineData("%7 = const i32\n%5 = load i32 %3 u32\n%8 = helper i64 %3, %7 #44", "%6 = load i32 %3 u32", true)]
    [InlineData("%5 = load i32 %4 u32\nstore %1, %0 u32", "%6 = load i32 %4 u32", false)]
    public void ALoadIsRepeatedOnlyWhereMemoryMayHaveChanged(string before, string load, bool isRepeated)
    {
        string text = "function @f returns i32 (i32 \"a\", ptr.context \"c\", ptr.mapvalue \"p\") {\n  slot 0 size 8 align 8\nb0:\n  %0 = param i32\n  %3 = param ptr.context #1\n"
            + "  %4 = param ptr.mapvalue #2\n  %1 = global ptr.data @g\n  %2 = slot ptr.stack\n" + before + "\n" + load + "\n  return %6\n}\n";
        string after = PassRunner.After(text, "memory");
        int loads = after.Split("= load").Length - 1;
        int loadsBefore = text.Split("= load").Length - 1;
        Assert.Equal(isRepeated ? loadsBefore : loadsBefore - 1, loads);
    }

    [Fact]
    public void FactsOfAllWaysHoldBehindAJoin()
    {
        PassRunner.Gives("""
              slot 0 size 4 align 4
            b0:
              %0 = param i32
              %1 = slot ptr.stack
              store %1, %0 u32
              branch %0 -> b1, b2
            b1: b0
              %2 = helper i64 #5
              jump -> b2
            b2: b0, b1
              return %0
            """, """
            function @f returns i32 (i32 "a") {
              slot 0 size 4 align 4
            b0:
              %0 = param i32
              %1 = slot ptr.stack
              store %1, %0 u32
              branch %0 -> b1, b2
            b1: b0
              %2 = helper i64 #5
              jump -> b2
            b2: b0, b1
              %3 = load i32 %1 u32
              return %3
            }
            """, "memory");
    }

    [Fact]
    public void AStoreThatNothingReadsGoes() => PassRunner.Gives("""
          slot 0 size 8 align 8
        b0:
          %0 = param i64
          %1 = slot ptr.stack
          store %1, %0 u64
          %2 = map ptr.map @m
          %3 = helper i64 %2, %1 #3
          return %3
        """, """
        function @f returns i64 (i64 "a") {
          slot 0 size 8 align 8
          slot 1 size 8 align 8
        b0:
          %0 = param i64
          %1 = slot ptr.stack
          %5 = slot ptr.stack #1
          %6 = const i64 #5
          store %1, %6 u64
          store %5, %6 u64
          store %1, %0 u64
          %2 = map ptr.map @m
          %3 = helper i64 %2, %1 #3
          store %1, %0 u64
          return %3
        }
        """, "deadstores", "dce");

    [Fact]
    public void ZeroingInFrontOfAHelperThatFillsTheMemoryGoes()
    {
        string after = PassRunner.After("""
            function @f returns i64 () {
              slot 0 size 16 align 8
            b0:
              %0 = slot ptr.stack
              zero %0 #16
              %1 = const i32 #16
              %2 = helper i64 %0, %1 #16
              %3 = load i64 %0 u64
              return %3
            }
            """, "deadstores");
        Assert.DoesNotContain("zero", after, StringComparison.Ordinal);
    }
}
