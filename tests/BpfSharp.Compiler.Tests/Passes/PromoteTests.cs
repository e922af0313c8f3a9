namespace BpfSharp.Compiler.Tests.Passes;

public sealed class PromoteTests
{
    [Fact]
    public void AVariableBecomesAPhi() => PassRunner.Gives("""
        b0:
          %0 = param i32
          %1 = const i32 #7
          branch %0 -> b1, b2
        b1: b0
          jump -> b2
        b2: b0, b1
          %2 = phi i32 %0, %1
          return %2
        """, """
        function @f returns i32 (i32 "c") {
          slot 0 size 4 align 4 "x"
        b0:
          %0 = param i32
          %1 = slot ptr.stack
          %2 = const i32 #7
          store %1, %0 u32
          branch %0 -> b1, b2
        b1: b0
          store %1, %2 u32
          jump -> b2
        b2: b0, b1
          %3 = load i32 %1 u32
          return %3
        }
        """, "promote");

    [Fact]
    public void WhatWasNotWrittenIsZero() => PassRunner.Gives("""
        b0:
          %0 = const i64
          return %0
        """, """
        function @f returns i64 () {
          slot 0 size 8 align 8
        b0:
          %0 = slot ptr.stack
          %1 = load i64 %0 u64
          return %1
        }
        """, "promote");

    [Fact]
    public void AStructIsSplitAndItsCopyMovesThePieces() => PassRunner.Gives("""
        b0:
          %0 = param i32
          %1 = param i64 #1
          %2 = zext32 i64 %0
          %3 = add i64 %2, %1
          return %3
        """, """
        function @f returns i64 (i32 "a", i64 "b") {
          slot 0 size 16 align 8 "from"
          slot 1 size 16 align 8 "to"
        b0:
          %0 = param i32
          %1 = param i64 #1
          %2 = slot ptr.stack
          %3 = slot ptr.stack #1
          zero %2 #16
          store %2, %0 u32
          store %2, %1 u64 #8
          copy %3, %2 #16
          %4 = load i64 %3 u32
          %5 = ptradd ptr.stack %3 #8
          %6 = load i64 %5 u64
          %7 = add i64 %4, %6
          return %7
        }
        """, "promote");

    [Fact]
    public void APartOfAWiderStoreIsShiftedOut() => PassRunner.Gives("""
        b0:
          %0 = param i64
          %1 = const i64 #16
          %2 = lshr i64 %0, %1
          %3 = trunc i32 %2
          %4 = sext16 i32 %3
          return %4
        """, """
        function @f returns i32 (i64 "a") {
          slot 0 size 8 align 8
        b0:
          %0 = param i64
          %1 = slot ptr.stack
          store %1, %0 u64
          %2 = load i32 %1 s16 #2
          return %2
        }
        """, "promote");

    [Fact]
    public void ACopyIntoAKeyBecomesAStore() => PassRunner.Gives("""
          slot 0 size 8 align 8 "key"
        b0:
          %0 = param i64
          %1 = slot ptr.stack
          store %1, %0 u64
          %2 = map ptr.map @m
          %3 = helper ptr.mapvalue %2, %1 #1
          %4 = const ptr
          %5 = ne i32 %3, %4
          return %5
        """, """
        function @f returns i32 (i64 "a") {
          slot 0 size 8 align 8 "temporary"
          slot 1 size 8 align 8 "key"
        b0:
          %0 = param i64
          %1 = slot ptr.stack
          %2 = slot ptr.stack #1
          store %1, %0 u64
          copy %2, %1 #8
          %3 = map ptr.map @m
          %4 = helper ptr.mapvalue %3, %2 #1
          %5 = const ptr
          %6 = ne i32 %4, %5
          return %6
        }
        """, "promote");

    [Fact]
    public void AReferenceGetsTheRegionOfWhatWasStored() => PassRunner.Gives("""
          slot 0 size 8 align 8 "key"
        b0:
          %0 = slot ptr.stack
          %1 = map ptr.map @m
          %2 = helper ptr.mapvalue %1, %0 #1
          %3 = const ptr
          %4 = param i32
          branch %4 -> b1, b2
        b1: b0
          jump -> b2
        b2: b0, b1
          %5 = phi ptr.mapvalue %2, %3
          %6 = ne i32 %5, %3
          return %6
        """, """
        function @f returns i32 (i32 "c") {
          slot 0 size 8 align 8 "key"
          slot 1 size 8 align 8 "ref"
        b0:
          %0 = slot ptr.stack
          %1 = slot ptr.stack #1
          %2 = map ptr.map @m
          %3 = helper ptr.mapvalue %2, %0 #1
          store %1, %3 u64
          %4 = const ptr
          %5 = param i32
          branch %5 -> b1, b2
        b1: b0
          store %1, %4 u64
          jump -> b2
        b2: b0, b1
          %6 = load ptr %1 u64
          %7 = ne i32 %6, %4
          return %7
        }
        """, "promote");

    [Fact]
    public void AReferenceToAVariableLetsTheVariableGo() => PassRunner.Gives("""
        b0:
          %0 = param i32
          return %0
        """, """
        function @f returns i32 (i32 "a") {
          slot 0 size 4 align 4 "x"
          slot 1 size 8 align 8 "ref"
        b0:
          %0 = param i32
          %1 = slot ptr.stack
          %2 = slot ptr.stack #1
          store %2, %1 u64
          %3 = load ptr %2 u64
          store %3, %0 u32
          %4 = load i32 %1 u32
          return %4
        }
        """, "promote");

    [Theory]
    [InlineData("  %9 = ptradd ptr.stack %1, %8\n  %5 = load i32 %9 u32\n")]
    [InlineData("  %9 = helper i64 %1 #1\n")]
    [InlineData("  store %0, %1 u64\n")]
    public void ASlotWhoseAddressGoesAwayStays(string use)
    {
        string after = PassRunner.After("function @f returns i32 (ptr.mapvalue \"p\", i64 \"i\") {\n  slot 0 size 4 align 4\nb0:\n  %0 = param ptr.mapvalue\n"
            + "  %8 = param i64 #1\n  %1 = slot ptr.stack\n  %7 = const i32 #3\n  store %1, %7 u32\n" + use + "  %3 = load i32 %1 u32\n  return %3\n}\n", "promote");
        Assert.Contains("load i32", after, StringComparison.Ordinal);
        Assert.Contains("slot 0 size 4", after, StringComparison.Ordinal);
    }
}
