using BpfSharp.Maps;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Tests.Loading;

public class TypeComparisonTests
{
    private static readonly BtfTypes Wanted = new(
    [
        new BtfInt("unsigned int", 4, 0, 32),
        new BtfInt("unsigned long", 8, 0, 64),
        new BtfStruct("Sample", false, 16, [new("ProcessId", 1, 0), new("Kind", 1, 32), new("StartTime", 2, 64)]),
        new BtfTypedef("sample_t", 3),
        new BtfArray(1, 1, 4),
    ]);

    [Fact]
    public void SameLayoutWithOtherSpellingIsTheSame()
    {
        BtfTypes c = new(
        [
            new BtfInt("int", 4, BtfIntEncoding.Signed, 32),
            new BtfInt("long long", 8, BtfIntEncoding.Signed, 64),
            new BtfStruct("sample", false, 16, [new("process_id", 1, 0), new("kind", 1, 32), new("start_time", 2, 64)]),
        ]);
        Assert.Null(new TypeComparison(c, Wanted).Difference(3, 4, "value"));
        Assert.Null(new TypeComparison(Wanted, Wanted).Difference(5, 5, "value"));
    }

    [Theory]
    [InlineData("Kind", "ProcessId", "StartTime", 64, "its value has 'Kind' at byte 0, not 'ProcessId'")]
    [InlineData("ProcessId", "Kind", "Duration", 64, "its value has 'Duration' at byte 8, not 'StartTime'")]
    [InlineData("ProcessId", "Kind", "StartTime", 96, "its value.StartTime is at byte 12, and StartTime is expected at byte 8")]
    public void OtherMembersAreNamed(string first, string second, string third, int thirdOffset, string expected)
    {
        BtfTypes existing = new(
        [
            new BtfInt("unsigned int", 4, 0, 32),
            new BtfInt("unsigned long", 8, 0, 64),
            new BtfStruct("Sample", false, 16, [new(first, 1, 0), new(second, 1, 32), new(third, 2, thirdOffset)]),
        ]);
        Assert.Equal(expected, new TypeComparison(existing, Wanted).Difference(3, 3, "value"));
    }

    [Fact]
    public void OtherSizesAndShapesAreNamed()
    {
        Assert.Equal("its key has 8 bytes (unsigned long), not 4 (unsigned int)", new TypeComparison(Wanted, Wanted).Difference(2, 1, "key"));
        BtfTypes pair = new([new BtfInt("unsigned int", 4, 0, 32), new BtfStruct("pair", false, 8, [new("a", 1, 0), new("b", 1, 32)])]);
        Assert.Equal("its key is of type struct pair, not unsigned long", new TypeComparison(pair, Wanted).Difference(2, 2, "key"));
        BtfTypes fewer = new([new BtfInt("unsigned long", 8, 0, 64), new BtfStruct("Sample", false, 16, [new("A", 1, 0), new("B", 1, 64)])]);
        Assert.Equal("its value has 2 members (A, B), not 3 (ProcessId, Kind, StartTime)", new TypeComparison(fewer, Wanted).Difference(2, 3, "value"));
    }
}
