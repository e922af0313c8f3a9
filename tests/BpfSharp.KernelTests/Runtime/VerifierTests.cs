using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Each cause of the catalogue, provoked from raw bytecode on the running kernel: its words must be known in every version.</summary>
public class VerifierTests
{
    private const int LookUp = 1, ProbeRead = 4, CurrentComm = 16, PerfEventOutput = 25, ProbeReadKernel = 113, RingReserve = 131;

    private static readonly MapSpec[] Maps =
    [
        new() { Name = "map", Type = MapType.Hash, KeySize = 4, ValueSize = 36, MaxEntries = 1 },
        new() { Name = "ring", Type = MapType.RingBuffer, MaxEntries = 4096 },
    ];

    public static TheoryData<BpfVerifierCause> Provoked => [.. Programs.Keys];

    // The programs, with the section that makes the kernel look at them in the wanted way.
    private static readonly Dictionary<BpfVerifierCause, (string Section, CodeBuilder Code)> Programs = new()
    {
        [BpfVerifierCause.PacketBounds] = ("xdp", new CodeBuilder().Load32(2, 1, 0).Load32(0, 2, 0).Exit()),
        [BpfVerifierCause.NotAPointer] = ("socket", new CodeBuilder().Move(1, 5).Load64(0, 1, 0).Exit()),
        [BpfVerifierCause.MemoryBounds] = ("socket", Found().Load32(0, 0, 36).Exit()),
        [BpfVerifierCause.NegativeSize] = ("raw_tp/sys_enter", Comm().JumpIfSignedGreater(2, 16, 3).Helper(CurrentComm).Return(0).Return(0)),
        [BpfVerifierCause.Unbounded] = ("raw_tp/sys_enter", Comm().JumpIfSignedLess(2, 1, 3).Helper(CurrentComm).Return(0).Return(0)),
        [BpfVerifierCause.UncheckedArithmetic] = ("raw_tp/sys_enter", Found(6, 1).Load64(2, 6, 0).AddRegister(0, 2).Load32(0, 0, 0).Exit()),
        [BpfVerifierCause.Uninitialised] = ("socket", new CodeBuilder().MoveRegister(0, 7).Exit()),
        [BpfVerifierCause.MayBeNull] = ("socket", Key().Helper(LookUp).Load32(0, 0, 0).Exit()),
        [BpfVerifierCause.Misaligned] = ("socket", new CodeBuilder().Move(1, 0).Store64(10, -12, 1).Return(0)),
        [BpfVerifierCause.WrongArgument] = ("socket", Key().Move(2, 5).Helper(LookUp).Return(0)),
        [BpfVerifierCause.ZeroSize] = ("raw_tp/sys_enter", Comm().AndImmediate(2, 15).Helper(CurrentComm).Return(0)),
        [BpfVerifierCause.StackBounds] = ("socket", new CodeBuilder().Move(1, 0).Store64(10, -600, 1).Return(0)),
        [BpfVerifierCause.HelperNotAllowed] = ("xdp", new CodeBuilder().MoveRegister(1, 10).AddImmediate(1, -8).Move(2, 8).Move(3, 0).Helper(ProbeRead).Return(0)),
        [BpfVerifierCause.ContextField] = ("socket", new CodeBuilder().Load32(0, 1, 400).Exit()),
        [BpfVerifierCause.PointerArithmetic] = ("socket", new CodeBuilder().MoveRegister(1, 10).ShiftLeft(1, 2).Return(0)),
        [BpfVerifierCause.InfiniteLoop] = ("socket", new CodeBuilder().Move(0, 0).JumpIfEqual(0, 0, -1).Exit()),
        [BpfVerifierCause.StackTooLarge] = ("socket", new CodeBuilder().Move(1, 0).Store64(10, -304, 1).Call("large").Return(0)),
        [BpfVerifierCause.ReturnValue] = ("cgroup/sock_create", new CodeBuilder().Return(2)),
        [BpfVerifierCause.UnreleasedReference] = ("socket", new CodeBuilder().LoadMap(1, "ring").Move(2, 8).Move(3, 0).Helper(RingReserve).Return(0)),
        [BpfVerifierCause.MapType] = ("xdp", new CodeBuilder().LoadMap(2, "map").Move(3, 0).MoveRegister(4, 10).AddImmediate(4, -8).Move(5, 8)
            .Move(0, 0).Store64(10, -8, 0).Helper(PerfEventOutput).Return(0)),
        [BpfVerifierCause.License] = ("raw_tp/sys_enter", new CodeBuilder().MoveRegister(1, 10).AddImmediate(1, -8).Move(2, 8).Move(3, 0).Helper(ProbeReadKernel).Return(0)),
        [BpfVerifierCause.ReadOnly] = ("socket", new CodeBuilder().LoadData(1, ".rodata", 0).Move(2, 0).Store32(1, 0, 2).Return(0)),
        [BpfVerifierCause.BadInstruction] = ("socket", new CodeBuilder().Return(0).Return(0)),
    };

    [KernelTheory(Minimum = "5.8")]
    [MemberData(nameof(Provoked))]
    public void RejectionIsExplained(BpfVerifierCause cause)
    {
        (string section, CodeBuilder code) = Programs[cause];
        FunctionSpec large = new CodeBuilder().Move(1, 0).Store64(10, -304, 1).Return(0).Function("large", ".text");
        BpfOpenObject open = BpfObject.Open(new ObjectSpec
        {
            License = cause == BpfVerifierCause.License ? "Proprietary" : "GPL",
            Functions = [code.Function("program", section, new LineSpec(0, "Program.cs", 7, 1, "the line")), large],
            Maps = [.. Maps],
            DataSections = [new() { Name = ".rodata", Content = [1, 2, 3, 4] }],
        }, "test");
        BpfVerifierException e = Assert.Throws<BpfVerifierException>(() => open.Load());
        Assert.True(cause == e.Cause, $"{e.Cause} instead of {cause}:\n{e.Log}");
        Assert.Contains(e.Meaning, e.Message, StringComparison.Ordinal);
        Assert.Contains(e.Fix, e.Message, StringComparison.Ordinal);
        Assert.Contains(e.Reason, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [KernelFact]
    public void RangeOfTheRegisterIsKept()
    {
        FunctionSpec program = Found().Load32(0, 0, 36).Exit().Function("program", "socket");
        BpfVerifierException e = Assert.Throws<BpfVerifierException>(() => CodeBuilder.Open([program], Maps).Load());
        Assert.Contains("map_value", e.RegisterState, StringComparison.Ordinal);
    }

    /// <summary>Keeps the context in r6, looks up key 0 in the map, and returns if it is absent.</summary>
    private static CodeBuilder Found(int context = 6, int from = 1) => Key(new CodeBuilder().MoveRegister(context, from)).Helper(LookUp).JumpIfNotEqual(0, 0, 1).Exit();

    private static CodeBuilder Key(CodeBuilder? code = null) =>
        (code ?? new CodeBuilder()).Move(1, 0).Store32(10, -4, 1).MoveRegister(2, 10).AddImmediate(2, -4).LoadMap(1, "map");

    /// <summary>A buffer of 16 bytes in r1 and an unknown size in r2.</summary>
    private static CodeBuilder Comm() => new CodeBuilder().Load64(2, 1, 0).MoveRegister(1, 10).AddImmediate(1, -16);
}
