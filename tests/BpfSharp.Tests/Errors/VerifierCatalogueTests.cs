using BpfSharp.Errors;

namespace BpfSharp.Tests.Errors;

/// <summary>The kernel's words, as collected from 141 programs that Linux 6.18 rejected, and older forms of them.</summary>
public class VerifierCatalogueTests
{
    [Theory]
    [InlineData("invalid access to packet, off=0 size=4, R1(id=0,off=0,r=0)", BpfVerifierCause.PacketBounds)]
    [InlineData("R1 offset is outside of the packet", BpfVerifierCause.PacketBounds)]
    [InlineData("R1 invalid mem access 'scalar'", BpfVerifierCause.NotAPointer)]
    [InlineData("R1 invalid mem access 'inv'", BpfVerifierCause.NotAPointer)]
    [InlineData("invalid access to map value, value_size=36 off=36 size=2", BpfVerifierCause.MemoryBounds)]
    [InlineData("R2 max value is outside of the allowed memory range", BpfVerifierCause.MemoryBounds)]
    [InlineData("R2 min value is negative, either use unsigned or 'var &= const'", BpfVerifierCause.NegativeSize)]
    [InlineData("R6 unbounded memory access, make sure to bounds check any such access", BpfVerifierCause.Unbounded)]
    [InlineData("R2 unbounded memory access, use 'var &= const' or 'if (var < const)'", BpfVerifierCause.Unbounded)]
    [InlineData("math between map_value pointer and register with unbounded min value is not allowed", BpfVerifierCause.UncheckedArithmetic)]
    [InlineData("value -2147483648 makes fp pointer be out of bounds", BpfVerifierCause.UncheckedArithmetic)]
    [InlineData("R0 !read_ok", BpfVerifierCause.Uninitialised)]
    [InlineData("R0 invalid mem access 'map_value_or_null'", BpfVerifierCause.MayBeNull)]
    [InlineData("R1 pointer arithmetic on map_value_or_null prohibited, null-check it first", BpfVerifierCause.MayBeNull)]
    [InlineData("misaligned stack access off 0+-16+4 size 8", BpfVerifierCause.Misaligned)]
    [InlineData("R2 type=scalar expected=fp, pkt, pkt_meta, map_key, map_value, mem", BpfVerifierCause.WrongArgument)]
    [InlineData("R4 invalid zero-sized read: u64=[0,31]", BpfVerifierCause.ZeroSize)]
    [InlineData("invalid write to stack R1 off=-600 size=600", BpfVerifierCause.StackBounds)]
    [InlineData("invalid unbounded variable-offset write to stack R2", BpfVerifierCause.StackBounds)]
    [InlineData("invalid read from stack R3 off -16+0 size 16", BpfVerifierCause.UninitialisedStack)]
    [InlineData("invalid indirect read from stack R2 off -4+0 size 4", BpfVerifierCause.UninitialisedStack)]
    [InlineData("program of this type cannot use helper bpf_probe_read#4", BpfVerifierCause.HelperNotAllowed)]
    [InlineData("unknown func bpf_probe_read#4", BpfVerifierCause.HelperNotAllowed)]
    [InlineData("invalid func unknown#5000", BpfVerifierCause.HelperNotAllowed)]
    [InlineData("invalid bpf_context access off=8 size=8", BpfVerifierCause.ContextField)]
    [InlineData("dereference of modified ctx ptr R3 off=12 disallowed", BpfVerifierCause.ModifiedContext)]
    [InlineData("R1 pointer arithmetic with <<= operator prohibited", BpfVerifierCause.PointerArithmetic)]
    [InlineData("R1 bitwise operator |= on pointer prohibited", BpfVerifierCause.PointerArithmetic)]
    [InlineData("R2 pointer arithmetic on pkt_end prohibited", BpfVerifierCause.PointerArithmetic)]
    [InlineData("infinite loop detected at insn 11", BpfVerifierCause.InfiniteLoop)]
    [InlineData("BPF program is too large. Processed 1000001 insn", BpfVerifierCause.TooComplex)]
    [InlineData("The sequence of 8193 jumps is too complex.", BpfVerifierCause.TooComplex)]
    [InlineData("combined stack size of 2 calls is 576. Too large", BpfVerifierCause.StackTooLarge)]
    [InlineData("At program exit the register R0 has smin=2 smax=2 should have been in [0, 1]", BpfVerifierCause.ReturnValue)]
    [InlineData("At program exit the register R0 has value (0x2; 0x0) should have been in (0x0; 0x1)", BpfVerifierCause.ReturnValue)]
    [InlineData("Unreleased reference id=2 alloc_insn=1", BpfVerifierCause.UnreleasedReference)]
    [InlineData("BPF_EXIT instruction in main prog would lead to reference leak", BpfVerifierCause.UnreleasedReference)]
    [InlineData("Caller passes invalid args into func#1 ('f')", BpfVerifierCause.FunctionArguments)]
    [InlineData("cannot pass map_type 2 into func bpf_perf_event_output#25", BpfVerifierCause.MapType)]
    [InlineData("R1 type=map_value expected=map_ptr", BpfVerifierCause.MapType)]
    [InlineData("cannot call GPL-restricted function from non-GPL compatible program", BpfVerifierCause.License)]
    [InlineData("write into map forbidden, value_size=4 off=0 size=4", BpfVerifierCause.ReadOnly)]
    [InlineData("unreachable insn 3", BpfVerifierCause.BadInstruction)]
    [InlineData("something that no kernel says", BpfVerifierCause.Unknown)]
    public void MessageHasItsCause(string message, BpfVerifierCause cause)
    {
        VerifierCatalogue.Entry entry = VerifierCatalogue.Explain(message, "");
        Assert.Equal(cause, entry.Cause);
        Assert.Equal(cause == BpfVerifierCause.Unknown, entry.Meaning.Length == 0);
        Assert.Equal(cause == BpfVerifierCause.Unknown, entry.Fix.Length == 0);
    }

    [Fact]
    public void LineBeforeTheReasonCounts() =>
        Assert.Equal(BpfVerifierCause.PacketBounds, VerifierCatalogue.Explain("some last words", "invalid access to packet, off=0 size=4\nsome last words\n").Cause);

    [Fact]
    public void VagueLastLineIsReadWithTheOneBeforeIt() =>
        Assert.Equal(BpfVerifierCause.PacketBounds, VerifierCatalogue.Explain(
            "R2 min value is outside of the allowed memory range",
            "1: (61) r0 = *(u32 *)(r2 +0)\ninvalid access to packet, off=0 size=4, R2(id=0,off=0,r=0)\nR2 min value is outside of the allowed memory range\n").Cause);

    [Theory]
    [InlineData("3: R2=scalar(smin=0,umax=36,var_off=(0x0; 0x3f)) R3=fp-8", "scalar(smin=0,umax=36,var_off=(0x0; 0x3f))")]
    [InlineData("3: R2=map_value(map=m,ks=4,vs=8) R3=5\n4: R2_w=7", "7")]
    [InlineData("3: R22=1 R3=5", "")]
    public void LastStateOfTheRegisterIsFound(string log, string state) => Assert.Equal(state, VerifierLog.RegisterState(log, "R2 min value is negative"));
}
