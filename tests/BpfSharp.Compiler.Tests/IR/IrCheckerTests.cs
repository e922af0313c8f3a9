using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Tests.IR;

public sealed class IrCheckerTests
{
    [Theory]
    [InlineData("b0:\n  %0 = const i32\n", "no terminator")]
    [InlineData("b0:\n  jump -> b1\nb1:\n  fault\n", "does not know it")]
    [InlineData("b0:\n  jump -> b0\n", "does not know it")]
    [InlineData("b0: b1\n  jump -> b1\nb1: b0\n  jump -> b0\n", "the entry has predecessors")]
    [InlineData("b0:\n  %1 = add i32 %0, %0\n  %0 = const i32\n  fault\n", "does not dominate")]
    [InlineData("b0:\n  %9 = const i32\n  branch %9 -> b1, b2\nb1: b0\n  %0 = const i32\n  jump -> b2\nb2: b0, b1\n  return %0\n", "does not dominate")]
    [InlineData("b0:\n  jump -> b1\nb1: b0\n  %0 = phi i32\n  return %0\n", "one for each predecessor")]
    [InlineData("b0:\n  %0 = const i32\n  jump -> b1\nb1: b0\n  %1 = const i32\n  %2 = phi i32 %0\n  return %2\n", "a phi behind")]
    [InlineData("b0:\n  %0 = const i32\n  %1 = const i64\n  %2 = add i32 %0, %1\n  return %2\n", "types differ")]
    [InlineData("b0:\n  %0 = const i64\n  %1 = zext32 i64 %0\n  fault\n", "i32 to i64 expected")]
    [InlineData("b0:\n  %0 = const i64\n  return %0\n", "the result's type")]
    [InlineData("b0:\n  return\n", "the number of results")]
    [InlineData("b0:\n  %0 = const i64\n  store %0, %0 u64\n  fault\n", "not a pointer")]
    [InlineData("b0:\n  %0 = const ptr\n  %1 = const i32\n  store %0, %1 u64\n  fault\n", "8 bytes of an i32")]
    [InlineData("b0:\n  %0 = const ptr\n  %1 = load i32 %0\n  fault\n", "width is missing")]
    [InlineData("b0:\n  %0 = slot ptr.stack\n  fault\n", "no such symbol or slot")]
    [InlineData("b0:\n  %0 = map ptr.map @m\n  fault\n", "no such symbol or slot")]
    [InlineData("b0:\n  %0 = call i32 @g\n  fault\n", "no such function")]
    [InlineData("b0:\n  %0 = call i64 @f\n  fault\n", "the result's type is not the function's")]
    [InlineData("b0:\n  %0 = const i32\n  %1 = call i32 %0 @f\n  fault\n", "the number of arguments")]
    [InlineData("b0:\n  %0 = const i32\n  %1 = helper i32 %0, %0, %0, %0, %0, %0 #1\n  fault\n", "more than five")]
    [InlineData("b0:\n  %0 = const i32\n  branch %0 -> b1\nb1: b0\n  fault\n", "2 successors expected")]
    [InlineData("b0:\n  %0 = const i32 #4294967295\n  fault\n", "out of range")]
    [InlineData("b0:\n  fault\n  fault\n", "a terminator inside")]
    public void BrokenRulesAreFound(string body, string message)
    {
        Exception error = Assert.ThrowsAny<Exception>(() => IrChecker.Check(IrParser.Parse("function @f returns i32 () {\n" + body + "}\n")));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoopsAndPointerPhisAreAllowed()
    {
        IrChecker.Check(IrParser.Parse("""
            map @m Hash key 4 value 8
            function @f returns i32 (ptr.context "c") {
              slot 0 size 8 align 8
            b0:
              %0 = slot ptr.stack
              %1 = map ptr.map @m
              %2 = helper ptr.mapvalue %1, %0 #1
              %3 = const ptr
              %4 = const i32
              %5 = const i32 #10
              jump -> b1
            b1: b0, b2
              %6 = phi ptr.mapvalue %2, %3
              %7 = phi i32 %4, %8
              %9 = ult i32 %7, %5
              branch %9 -> b2, b3
            b2: b1
              %8 = add i32 %7, %5
              jump -> b1
            b3: b1
              return %7
            }
            """));
    }
}
