using System.Runtime.InteropServices;
using BpfSharp.Links;
using BpfSharp.Maps;
using BpfSharp.Programs;
using BpfSharp.Syscalls;
using BpfSharp.Types;

namespace BpfSharp.Tests.Syscalls;

/// <summary>Offsets as offsetof() gives them for linux/bpf.h and linux/perf_event.h on x64 and arm64.</summary>
public class LayoutTests
{
    [Theory]
    [InlineData(typeof(MapCreateAttributes), nameof(MapCreateAttributes.Name), 28)]
    [InlineData(typeof(MapCreateAttributes), nameof(MapCreateAttributes.BtfFd), 48)]
    [InlineData(typeof(MapCreateAttributes), nameof(MapCreateAttributes.Extra), 64)]
    [InlineData(typeof(MapElementAttributes), nameof(MapElementAttributes.Flags), 24)]
    [InlineData(typeof(MapBatchAttributes), nameof(MapBatchAttributes.Count), 32)]
    [InlineData(typeof(MapBatchAttributes), nameof(MapBatchAttributes.Flags), 48)]
    [InlineData(typeof(ProgramLoadAttributes), nameof(ProgramLoadAttributes.Name), 48)]
    [InlineData(typeof(ProgramLoadAttributes), nameof(ProgramLoadAttributes.BtfFd), 72)]
    [InlineData(typeof(ProgramLoadAttributes), nameof(ProgramLoadAttributes.LineInfoCount), 104)]
    [InlineData(typeof(ProgramLoadAttributes), nameof(ProgramLoadAttributes.FdArray), 120)]
    [InlineData(typeof(ProgramLoadAttributes), nameof(ProgramLoadAttributes.LogTrueSize), 140)]
    [InlineData(typeof(TestRunAttributes), nameof(TestRunAttributes.ContextOut), 56)]
    [InlineData(typeof(TestRunAttributes), nameof(TestRunAttributes.BatchSize), 72)]
    [InlineData(typeof(BtfLoadAttributes), nameof(BtfLoadAttributes.LogLevel), 24)]
    [InlineData(typeof(LinkCreateAttributes), nameof(LinkCreateAttributes.PerfCookie), 16)]
    [InlineData(typeof(LinkCreateAttributes), nameof(LinkCreateAttributes.KprobeCookies), 40)]
    [InlineData(typeof(KernelMapInfo), nameof(KernelMapInfo.BtfId), 64)]
    [InlineData(typeof(KernelMapInfo), nameof(KernelMapInfo.Extra), 80)]
    [InlineData(typeof(KernelMapInfo), nameof(KernelMapInfo.HashSize), 96)]
    [InlineData(typeof(KernelBtfInfo), nameof(KernelBtfInfo.IsKernel), 28)]
    [InlineData(typeof(KernelLinkInfo.IteratorPart), nameof(KernelLinkInfo.IteratorPart.CgroupOrder), 24)]
    [InlineData(typeof(KernelLinkInfo.KprobesPart), nameof(KernelLinkInfo.KprobesPart.Cookies), 24)]
    [InlineData(typeof(KernelLinkInfo.UprobesPart), nameof(KernelLinkInfo.UprobesPart.ProcessId), 44)]
    [InlineData(typeof(KernelLinkInfo.KprobePart), nameof(KernelLinkInfo.KprobePart.Cookie), 32)]
    [InlineData(typeof(KernelLinkInfo.UprobePart), nameof(KernelLinkInfo.UprobePart.CounterOffset), 24)]
    [InlineData(typeof(KernelProgramInfo), nameof(KernelProgramInfo.MapIds), 56)]
    [InlineData(typeof(KernelProgramInfo), nameof(KernelProgramInfo.BtfId), 128)]
    [InlineData(typeof(KernelProgramInfo), nameof(KernelProgramInfo.Tags), 184)]
    [InlineData(typeof(KernelProgramInfo), nameof(KernelProgramInfo.RunTime), 192)]
    [InlineData(typeof(PerfEventAttributes), nameof(PerfEventAttributes.Flags), 40)]
    [InlineData(typeof(PerfEventAttributes), nameof(PerfEventAttributes.Target), 56)]
    public void FieldsStandWhereTheKernelHasThem(Type type, string field, int offset) =>
        Assert.Equal(offset, (int)Marshal.OffsetOf(type, field));

    [Fact]
    public unsafe void NamesAreCutAndCleaned()
    {
        Assert.Equal("a_very_long_nam", KernelName.From("a_very_long_name").ToString());
        Assert.Equal("a_b.c", KernelName.From("a-b.c").ToString());
        Assert.Equal(16, sizeof(KernelName));
    }
}
