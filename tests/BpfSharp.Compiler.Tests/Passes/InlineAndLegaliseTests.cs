using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Tests.Passes;

public sealed class InlineAndLegaliseTests
{
    [Fact]
    public void ACalleeThatFaultsEndsTheProgram()
    {
        Module module = PassRunner.Run("""
            function @f section "xdp" returns i32 (i32 "a") {
            b0:
              %0 = param i32
              %1 = call i32 %0 @callee
              return %1
            }
            function @callee returns i32 (i32 "x") {
            b0:
              %0 = param i32
              branch %0 -> b1, b2
            b1: b0
              return %0
            b2: b0
              fault
            }
            """, "inline", "cleanup");
        Assert.Equal(["f"], module.Functions.Select(f => f.Name));
        string text = IrPrinter.Print(module.Functions[0], renumber: true);
        Assert.Contains("fault", text, StringComparison.Ordinal);
        Assert.Contains("return %0", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("inline never ", 2)]
    [InlineData("inline always ", 1)]
    public void HintsAreKept(string hint, int functions)
    {
        Module module = PassRunner.Run($$"""
            function @f section "xdp" returns i32 () {
            b0:
              %1 = call i32 @callee
              %2 = call i32 @callee
              return %2
            }
            function @callee returns i32 {{hint}}() {
            b0:
              %0 = const i32 #1
              return %0
            }
            function @unused returns i32 () {
            b0:
              %0 = const i32 #1
              return %0
            }
            """, "inline");
        Assert.Equal(functions, module.Functions.Count);
    }

    [Fact]
    public void ACopyTakesAlignedWordsOfTheStack() => PassRunner.Gives("""
          slot 0 size 12 align 8
        b0:
          %0 = param ptr.mapvalue
          %1 = slot ptr.stack
          %2 = ptradd ptr.stack %1 #4
          %3 = load i32 %0 u32
          store %2, %3 u32
          %4 = load i32 %0 u32 #4
          store %2, %4 u32 #4
          return
        """, """
        function @f (ptr.mapvalue "p") {
          slot 0 size 12 align 4
        b0:
          %0 = param ptr.mapvalue
          %1 = slot ptr.stack
          %2 = ptradd ptr.stack %1 #4
          copy %2, %0 #8
          return
        }
        """, "legalise");

    [Fact]
    public void AMisalignedStackStoreIsSplitAndAPacketStoreIsNot()
    {
        string after = PassRunner.After("""
            function @f (ptr.packet "p", i32 "v") {
              slot 0 size 8 align 1
            b0:
              %0 = param ptr.packet
              %1 = param i32 #1
              %2 = slot ptr.stack
              store %2, %1 u32 #2
              store %0, %1 u32 #2
              return
            }
            """, "legalise");
        Assert.Equal(2, after.Split(" u16 ").Length - 1);
        Assert.Equal(1, after.Split(" u32 ").Length - 1);
    }

    [Fact]
    public void SignedDivisionIsMadeOfUnsignedDivision()
    {
        string after = PassRunner.After("function @f returns i64 (i64 \"a\", i64 \"b\") {\nb0:\n  %0 = param i64\n  %1 = param i64 #1\n  %2 = sdiv i64 %0, %1\n  return %2\n}\n", "legalise");
        Assert.DoesNotContain("sdiv", after, StringComparison.Ordinal);
        Assert.Contains("udiv", after, StringComparison.Ordinal);
    }
}
