using BpfSharp.Errors;
using BpfSharp.Maps;

namespace BpfSharp.Tests.Errors;

public class SmallTests
{
    [Theory]
    [InlineData("0", 1)]
    [InlineData("0-3", 4)]
    [InlineData("0-3,8,10-11", 7)]
    public void PossibleCpusAreCounted(string list, int count) => Assert.Equal(count, PossibleCpus.Parse(list));

    [Theory]
    [InlineData("")]
    [InlineData("a-b")]
    [InlineData("3-1")]
    public void MalformedCpuListsAreErrors(string list) => Assert.Throws<BpfException>(() => PossibleCpus.Parse(list));

    [Fact]
    public void NearestNamesComeFirst() =>
        Assert.Equal(["sys_enter", "sys_enters"], NearNames.Of("sys_entr", ["sys_exit", "sys_enters", "sys_enter"], 3));

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("same", "same", 0)]
    public void DistanceIsLevenshteins(string a, string b, int distance) => Assert.Equal(distance, NearNames.Distance(a, b, 10));

    [Theory]
    [InlineData(5000u, 4096u, 8192u)]
    [InlineData(1u, 4096u, 4096u)]
    [InlineData(1u << 20, 4096u, 1u << 20)]
    [InlineData(1u, 65536u, 65536u)]
    public void RingsArePowersOfTwoOfWholePages(uint bytes, uint page, uint expected) => Assert.Equal(expected, MapSizes.RingBytes(bytes, page));
}
