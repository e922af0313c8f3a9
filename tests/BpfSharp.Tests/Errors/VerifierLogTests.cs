using BpfSharp.Errors;

namespace BpfSharp.Tests.Errors;

public class VerifierLogTests
{
    // Written by Linux 6.18 for a program that uses a lookup's result without asking for null.
    private const string Linux618 = """
        0: R1=ctx() R10=fp0
        ; SEC("raw_tp/sys_enter") int bad(void*ctx){ u32 k=1; u64*p=bpf_map_lookup_elem(&counts,&k); @ bad.bpf.c:6
        0: (b4) w1 = 1                        ; R1=1
        1: (63) *(u32 *)(r10 -4) = r1         ; R1=1 R10=fp0 fp-8=mmmm????
        6: (85) call bpf_map_lookup_elem#1    ; R0=map_value_or_null(id=1,map=counts,ks=4,vs=8)
        ; *p += 1; @ bad.bpf.c:7
        7: (79) r1 = *(u64 *)(r0 +0)
        R0 invalid mem access 'map_value_or_null'
        processed 7 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
        """;

    // Linux 5.10 names neither file nor line.
    private const string Linux510 = """
        func#0 @0
        0: R1=ctx(id=0,off=0,imm=0) R10=fp0
        ; u64*p=bpf_map_lookup_elem(&counts,&k);
        0: (b7) r1 = 1
        7: (79) r1 = *(u64 *)(r0 +0)
        R0 invalid mem access 'map_value_or_null'
        processed 7 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
        verification time 35 usec
        """;

    [Theory]
    [InlineData(Linux618)]
    [InlineData(Linux510)]
    public void ReasonIsTheLastLineButTheStatistics(string log) => Assert.Equal("R0 invalid mem access 'map_value_or_null'", VerifierLog.Reason(log));

    [Fact]
    public void ReasonIsWhatANewerKernelCallsSo() =>
        Assert.Equal("R0 may be null", VerifierLog.Reason("7: (79) r1 = *(u64 *)(r0 +0)\nVerification failed\nReason: R0 may be null\nAt: insn 7\nSuggestion: check it"));

    [Fact]
    public void StatisticsAloneAreNoVerdict() => Assert.False(VerifierLog.HasVerdict("processed 7 insns (limit 1000000)\nstack depth 8\n"));

    [Fact]
    public void LastSourceLineIsTheFailingOne() => Assert.Equal(("*p += 1;", "bad.bpf.c", 7), VerifierLog.LastSource(Linux618));

    [Fact]
    public void OlderKernelsNameNoSourceLine() => Assert.Null(VerifierLog.LastSource(Linux510));

    [Fact]
    public void LastInstructionIsTheFailingOne() => Assert.Equal(7, VerifierLog.LastInstruction(Linux510));
}
