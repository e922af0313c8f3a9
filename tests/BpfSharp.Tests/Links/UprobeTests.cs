namespace BpfSharp.Tests.Links;

public class UprobeTests
{
    [Theory]
    [InlineData("/usr/bin/bash:readline", "/usr/bin/bash", "readline", 0ul)]
    [InlineData("libc.so.6:malloc+0x10", "libc.so.6", "malloc", 16ul)]
    [InlineData("/opt/a:b/c:0x1234", "/opt/a:b/c", "", 0x1234ul)]
    public void TargetsHaveThreeForms(string target, string path, string symbol, ulong offset) =>
        Assert.Equal(new BpfUprobe(path, symbol, offset), BpfUprobe.Parse(target));

    [Theory]
    [InlineData("readline")]
    [InlineData("/usr/bin/bash:")]
    [InlineData(":readline")]
    [InlineData("/usr/bin/bash:readline+x")]
    public void OthersAreRefused(string target) => Assert.Throws<BpfException>(() => BpfUprobe.Parse(target));
}
