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

    // Linux 7.3 goes on with a report behind the line of before (kernel/bpf/diagnostics.c); this is what it writes for a program of one exit.
    private const string Linux73 = """
        0: R1=ctx() R10=fp0
        0: (95) exit
        R0 !read_ok

        Verification failed: Register Type Safety: Unreadable register

        Reason:
          R0 has never been initialized on this path, so the verifier cannot use it as an input.

        At:
          insn 0
               | ^-- error: R0 is not readable
          Instruction context:
          >>> 0 | (95) exit

        Causal path:
          no retained diagnostic events on this path

        Suggestion:
          Initialize R0 on every path before this instruction.

        processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
        """;

    [Fact]
    public void ReportOfANewerKernelIsRead()
    {
        VerifierReport report = VerifierReport.Read(Linux73)!;
        Assert.Equal("Register Type Safety: Unreadable register", report.Heading);
        Assert.Equal("R0 has never been initialized on this path, so the verifier cannot use it as an input.", report.Reason);
        Assert.Equal("Initialize R0 on every path before this instruction.", report.Suggestion);
        Assert.Equal("R0 !read_ok", VerifierLog.Reason(Linux73));
        Assert.Equal(BpfVerifierCause.Uninitialised, VerifierCatalogue.Explain("R0 !read_ok", Linux73).Cause);
        Assert.Equal(0, VerifierLog.LastInstruction(Linux73));
        Assert.Equal([0], VerifierPath.Read(Linux73).Select(s => s.Instruction));
    }

    /// <summary>The report's own sentence, wrapped over lines as the kernel does at 100 columns, where no line of before precedes it.</summary>
    [Theory]
    [InlineData("R1 is an integer scalar here, not a pointer to memory.", BpfVerifierCause.NotAPointer)]
    [InlineData("R0 may be NULL here (a nullable map value pointer). The program could dereference NULL on this\n  path, so the verifier cannot prove this access is safe.", BpfVerifierCause.MayBeNull)]
    [InlineData("The verifier cannot prove offset + access_size <= object_size. Here, the maximum is too large.\n  R2 is a map value pointer; offset is unbounded; access_size is 4; object_size is 36.", BpfVerifierCause.MemoryBounds)]
    [InlineData("Owned resource (id=2) was acquired at instruction 1 and still needs to be released before this\n  exit path.", BpfVerifierCause.UnreleasedReference)]
    [InlineData("The first argument to bpf_map_lookup_elem does not satisfy the verifier contract: it is a number.", BpfVerifierCause.WrongArgument)]
    public void SentenceOfAReportHasItsCause(string sentence, BpfVerifierCause cause)
    {
        string log = $"7: (79) r1 = *(u64 *)(r0 +0)\n\nVerification failed: Some Safety: Some problem\n\nReason:\n  {sentence}\n\nAt:\n  insn 7\n\nSuggestion:\n  Check it.\n\nprocessed 7 insns\n";
        string reason = VerifierLog.Reason(log);
        Assert.Equal(sentence.Replace("\n  ", " ", StringComparison.Ordinal), reason);
        Assert.Equal(cause, VerifierCatalogue.Explain(reason, log).Cause);
        Assert.Equal("Check it.", VerifierReport.Read(log)!.Suggestion);
        Assert.Equal(7, VerifierLog.LastInstruction(log));
    }

    [Fact]
    public void KernelsBeforeWriteNoReport() => Assert.Null(VerifierReport.Read(Linux618));

    [Fact]
    public void StatisticsAloneAreNoVerdict() => Assert.False(VerifierLog.HasVerdict("processed 7 insns (limit 1000000)\nstack depth 8\n"));

    [Fact]
    public void LastSourceLineIsTheFailingOne() => Assert.Equal(("*p += 1;", "bad.bpf.c", 7), VerifierLog.LastSource(Linux618));

    [Fact]
    public void OlderKernelsNameNoSourceLine() => Assert.Null(VerifierLog.LastSource(Linux510));

    [Fact]
    public void LastInstructionIsTheFailingOne() => Assert.Equal(7, VerifierLog.LastInstruction(Linux510));

    [Fact]
    public void PathLeavesOutTheOtherSideOfABranch()
    {
        const string Log = """
            0: R1=ctx() R10=fp0
            0: (61) r2 = *(u32 *)(r1 +0)          ; R1=ctx() R2_w=scalar(smin=0,smax=umax=0xffffffff)
            1: (15) if r2 == 0x0 goto pc+2        ; R2_w=scalar(umin=1)
            2: (b7) r0 = 0
            3: (95) exit

            from 1 to 4: R1=ctx() R2=0 R10=fp0
            4: (79) r0 = *(u64 *)(r3 +0)
            R3 !read_ok
            """;
        Assert.Equal([0, 1, 4], VerifierPath.Read(Log).Select(s => s.Instruction));
        Assert.Equal("r2 = *(u32 *)(r1 +0)", VerifierPath.Read(Log)[0].Text);
        Assert.Contains("R2_w=scalar", VerifierPath.Read(Log)[0].State, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scalar(smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff))", "0 to 0xffffffff")]
    [InlineData("scalar(umax=36)", "0 to 36")]
    [InlineData("scalar(smin=smin32=-5,smax=smax32=7)", "-5 to 7")]
    [InlineData("scalar()", "any number")]
    [InlineData("inv(id=0,umax_value=255,var_off=(0x0; 0xff))", "at most 255")]
    [InlineData("inv(id=0)", "any number")]
    [InlineData("37", "37")]
    [InlineData("P37", "37")]
    [InlineData("map_value(map=counts,ks=4,vs=8)", "")]
    [InlineData("", "")]
    public void RangesAreSaidInWords(string state, string words) => Assert.Equal(words, VerifierRange.Describe(state));

    [Theory]
    [InlineData("int length = ctx.Length;", "length")]
    [InlineData("offset += 4;", "offset")]
    [InlineData("x <<= 2;", "x")]
    [InlineData("for (int i = 0; i <= 16; i++)", "i")]
    [InlineData("if (!Counts.TryGetValue(key, out ulong count)) return 0;", "count")]
    [InlineData("if (a == b) return 0;", "")]
    [InlineData("Func(x => x);", "")]
    [InlineData("if (a >= 3 && a <= 5)", "")]
    public void VariableOfALineIsWhatItSets(string text, string name) => Assert.Equal(name, VerifierVariable.NameIn(text));
}
