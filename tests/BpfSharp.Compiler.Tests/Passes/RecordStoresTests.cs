namespace BpfSharp.Compiler.Tests.Passes;

/// <summary>What is left of the zeroing of a reserved record of 32 bytes (%4).</summary>
public sealed class RecordStoresTests
{
    private const string Copied = "%9 = ptradd ptr.memory %4 #8\n%10 = const i64 #16\n%11 = const i64\n%12 = helper i64 %9, %10, %11";

    [Theory]
    [InlineData("store %4, %0 u32", "0+32")] // The word is written in part.
    [InlineData("store %4, %3 u64", "8+24")]
    [InlineData("store %4, %3 u64\nstore %4, %3 u64 #8\nstore %4, %3 u64 #16\nstore %4, %3 u64 #24", "")]
    [InlineData("store %4, %3 u64\n%9 = load i64 %4 u64 #16\nstore %4, %9 u64 #16", "8+24")] // Read before it is written.
    [InlineData(Copied + " #112", "0+8 24+8")] // A helper fills it, also where it fails.
    [InlineData(Copied + " #114", "0+8 24+8")] // A string.
    [InlineData("%9 = ptradd ptr.memory %4 #8\n%10 = const i64 #16\n%12 = helper i64 %9, %10 #16", "0+8 24+8")]
    [InlineData("%9 = const i64 #16\n%10 = map ptr.map @m\n%11 = const i64\n%12 = helper i64 %10, %4, %9, %11 #130", "0+32")] // A helper reads it.
    public void WhatIsWrittenIsNotZeroed(string body, string zeroed) => Check(body, "%20 = helper i64 %4, %3 #132", zeroed);

    [Fact]
    public void ADiscardedRecordNeedsNothing() => Check("store %4, %3 u64", "%20 = helper i64 %4, %3 #133", "");

    [Fact]
    public void AnAddressThatIsKeptElsewhereEndsIt() => Check("%9 = slot ptr.stack\nstore %9, %4 u64\nstore %4, %3 u64", "%20 = helper i64 %4, %3 #132", "0+32");

    [Fact]
    public void AFunctionThatGetsTheAddressEndsIt() => Check("%9 = call i32 %4 @h\nstore %4, %3 u64", "%20 = helper i64 %4, %3 #132", "0+32");

    private static void Check(string body, string end, string zeroed)
    {
        string text = "map @m Hash key 4 value 8 entries 8\nmap @r RingBuffer key 0 value 0 entries 4096\nfunction @f returns i32 (i32 \"a\") {\n  slot 0 size 8 align 8\nb0:\n  %0 = param i32\n  %1 = map ptr.map @r\n  %2 = const i64 #32\n  %3 = const i64\n"
            + "  %4 = helper ptr.memory %1, %2, %3 #131\n  %5 = const ptr\n  %6 = ne i32 %4, %5\n  branch %6 -> b1, b2\nb1: b0\n  zero %4 #32\n" + body + "\n" + end + "\n  return %0\nb2: b0\n  return %0\n}\nfunction @h returns i32 inline never (ptr \"p\") {\nb0:\n  %0 = const i32\n  return %0\n}\n";
        string after = PassRunner.After(text, "recordstores");
        Dictionary<string, int> addresses = [];
        List<string> zeros = [];
        foreach (string[] words in after.Split('\n').Select(static l => l.Trim().Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)))
        {
            if (words is [.. var start, "=", "ptradd", "ptr.memory", _, var offset]) addresses[start[0]] = int.Parse(offset[1..]);
            if (words is ["zero", var address, var size]) zeros.Add($"{addresses.GetValueOrDefault(address)}+{size[1..]}");
        }

        Assert.Equal(zeroed, string.Join(" ", zeros.OrderBy(static z => z.Length).ThenBy(static z => z, StringComparer.Ordinal)));
    }
}
