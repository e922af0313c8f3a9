using System.Text;
using BpfSharp.Symbols;

namespace BpfSharp.Tests.Symbols;

public class SymbolTableTests
{
    private const string KernelText =
        "ffffffff81000000 T _stext\nffffffff81000000 T _text\nffffffff81000040 t local\nffffffff81000100 T global\nffffffff81000100 W weak\n"
        + "ffffffff81000200 D data\nffffffffc0000000 t in_module\t[nf_tables]\nffffffffc0001000 t bpf_prog_6deef7357e7b4530_count\t[bpf]\n";

    [Theory]
    [InlineData(0xffffffff81000045, "local", 5, "kernel")]
    [InlineData(0xffffffff81000100, "global", 0, "kernel")]
    [InlineData(0xffffffff810001ff, "global", 255, "kernel")]
    [InlineData(0xffffffffc0000010, "in_module", 16, "nf_tables")]
    [InlineData(0xffffffffc0001001, "bpf_prog_6deef7357e7b4530_count", 1, "bpf")]
    public void KernelSymbolIsTheNearestFunctionBelow(ulong address, string name, ulong offset, string module)
    {
        SymbolTable table = KernelSymbols.Parse(Encoding.ASCII.GetBytes(KernelText));
        int found = table.Find(address);
        Assert.Equal((name, offset, module), (table.Name(found), address - table.Start(found), KernelSymbols.Module(table, found)));
        Assert.Equal(-1, table.Find(0xffffffff80ffffff));
    }

    [Fact]
    public void HiddenAddressesAreNoSymbols() =>
        Assert.Equal(0, KernelSymbols.Parse("0000000000000000 T _stext\n0000000000000000 T _text\n"u8.ToArray()).Count);

    [Theory]
    [InlineData(0x7f0000001000, "void [app] Program::Main(class System.String[])[Tier0]")]
    [InlineData(0x7f000000100f, "void [app] Program::Main(class System.String[])[Tier0]")]
    [InlineData(0x7f0000001010, null)]
    // Compiled again into the same place: the later line counts.
    [InlineData(0x7f0000002001, "new method")]
    [InlineData(0x7f0000003001, "LFoo;::bar")]
    public void PerfMapLineCoversItsBytes(ulong address, string? name)
    {
        SymbolTable table = PerfMap.Parse(
            "7f0000001000 10 void [app] Program::Main(class System.String[])[Tier0]\n7f0000002000 20 old method\n0x7f0000003000 0x8 LFoo;::bar\nnot a line\n7f0000002000 20 new method\n7f00"u8.ToArray());
        int found = table.Find(address);
        Assert.Equal(name, found < 0 ? null : table.Name(found));
    }

    [Fact]
    public void CodeOfAProcessIsReadFromItsMap()
    {
        List<MemoryRegion> regions = MemoryRegion.Parse(
        [
            "00400000-00452000 r-xp 00001000 08:02 173521      /usr/bin/with blank",
            "00651000-00652000 r--p 00051000 08:02 173521      /usr/bin/with blank",
            "7f1000-7f2000 rwxp 00000000 00:00 0 ",
            "7f3000-7f4000 r-xp 00010000 00:01 7 /memfd:doublemapper (deleted)",
            "7f5000-7f6000 r-xp 00000000 08:02 8 /tmp/gone.so (deleted)",
            "7fff000-7fff800 r-xp 00000000 00:00 0                  [vdso]",
        ]);
        Assert.Equal([new(0x400000, 0x452000, 0x1000, "08:02 173521", "/usr/bin/with blank")], regions.Take(1));
        Assert.Equal([true, false, false, true, false], regions.Select(r => r.IsFile));
        Assert.Equal("/tmp/gone.so", regions[3].FilePath);
        Assert.Equal("400000-452000", regions[0].RangeName);
    }

    [Theory]
    [InlineData("f", 3, "/lib/x.so", "f+0x3 (/lib/x.so)", "f")]
    [InlineData("", 3, "/lib/x.so", "/lib/x.so+0x3", "[x.so]")]
    [InlineData("", 3, "[jit]", "[jit]+0x3", "[jit]")]
    [InlineData("", 0, "", "0x10", "[unknown]")]
    public void SymbolsAreShownAsProfilersDo(string name, ulong offset, string module, string text, string label)
    {
        BpfSymbol symbol = new(0x10, name, offset, module);
        Assert.Equal((text, label), (symbol.ToString(), symbol.Label));
    }
}
