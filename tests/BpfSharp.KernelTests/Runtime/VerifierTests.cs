using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Each cause of the catalogue, provoked from raw bytecode on the running kernel: its words must be known in every version.</summary>
public class VerifierTests
{
    private const int CapSysAdmin = 21, CapPerfmon = 38;
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
        [BpfVerifierCause.ModifiedContext] = ("socket", new CodeBuilder().AddImmediate(1, 8).Load32(0, 1, 0).Exit()),
        [BpfVerifierCause.TooComplex] = ("socket", ManyBranches()),
        [BpfVerifierCause.BadInstruction] = ("socket", new CodeBuilder().Return(0).Return(0)),
    };

    /// <summary>What the kernel lets those do who may trace it anyway: these are rejected only without CAP_PERFMON.</summary>
    private static readonly Dictionary<BpfVerifierCause, (string Section, CodeBuilder Code)> ProgramsWithoutTracing = new()
    {
        [BpfVerifierCause.UninitialisedStack] = ("socket", new CodeBuilder().MoveRegister(2, 10).AddImmediate(2, -4).LoadMap(1, "map").Helper(LookUp).Return(0)),
        [BpfVerifierCause.AddressLeak] = ("socket", new CodeBuilder().MoveRegister(0, 10).Exit()),
    };

    public static TheoryData<BpfVerifierCause> ProvokedWithoutTracing => [.. ProgramsWithoutTracing.Keys];

    /// <summary>Every cause has its program: here, or in the two tests that need BTF, or in <see cref="CoreTests"/>.</summary>
    [Fact]
    public void EveryCauseIsProvoked() => Assert.Equal(
        [BpfVerifierCause.Unknown, BpfVerifierCause.FunctionArguments, BpfVerifierCause.KernelFunction, BpfVerifierCause.MissingKernelType],
        Enum.GetValues<BpfVerifierCause>().Where(c => !Programs.ContainsKey(c) && !ProgramsWithoutTracing.ContainsKey(c)));

    [KernelTheory(Minimum = "5.8")]
    [MemberData(nameof(Provoked))]
    public void RejectionIsExplained(BpfVerifierCause cause) => Provoke(cause, Programs[cause].Section, Programs[cause].Code);

    [KernelTheory(Minimum = "5.8")]
    [MemberData(nameof(ProvokedWithoutTracing))]
    public void RejectionWithoutTheRightToTraceIsExplained(BpfVerifierCause cause) =>
        Capabilities.RunWithout([CapSysAdmin, CapPerfmon], () => Provoke(cause, ProgramsWithoutTracing[cause].Section, ProgramsWithoutTracing[cause].Code));

    /// <summary>A function that programs of this type may not call (kernel 5.13).</summary>
    [KernelFact(Minimum = "5.13", Needs = KernelNeeds.BtfVmlinux)]
    public void CallOfAKernelFunctionIsExplained()
    {
        int function = (int)(Raw.KernelBtf.Find(Raw.KernelBtf.Func, "vfs_read") ?? throw new InvalidOperationException("the kernel's BTF has no vfs_read"));
        Provoke(BpfVerifierCause.KernelFunction, "socket", new CodeBuilder().Move(1, 0).Move(2, 0).Move(3, 0).Move(4, 0).CallKernelFunction(function).Return(0));
    }

    /// <summary>A global function whose BTF promises a pointer to a number gets a number; kernels before 5.12 know no such argument at all.</summary>
    [KernelFact]
    public void ArgumentOfAGlobalFunctionIsExplained()
    {
        BtfBuilder types = new();
        int number = types.Add(new BtfInt("int", 4, BtfIntEncoding.Signed, 32)), pointer = types.Add(new BtfPointer(number)), context = types.Add(new BtfPointer(0));
        int main = types.Add(new BtfFunction("program", types.Add(new BtfPrototype(number, [new("ctx", context)])), BtfLinkage.Global));
        int function = types.Add(new BtfFunction("f", types.Add(new BtfPrototype(number, [new("p", pointer)])), BtfLinkage.Global));
        FunctionSpec program = new CodeBuilder().Move(1, 5).Call("f").Return(0).Function("program", "socket") with { BtfTypeId = main };
        FunctionSpec callee = new CodeBuilder().Return(0).Function("f", ".text") with { BtfTypeId = function };
        BpfOpenObject open = BpfObject.Open(new ObjectSpec { License = "GPL", Functions = [program, callee], Btf = types.Build() }, "test");
        BpfVerifierException e = Assert.Throws<BpfVerifierException>(() => open.Load());
        Assert.True(e.Cause == BpfVerifierCause.FunctionArguments, $"{e.Cause}:\n{e.Log}");
    }

    private static void Provoke(BpfVerifierCause cause, string section, CodeBuilder code)
    {
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

    /// <summary>The index is read from a map's value, kept on the stack and in another register, and used unchecked.</summary>
    [KernelFact]
    public void VariableAndItsRangeAreNamed()
    {
        FunctionSpec program = Found().Load32(7, 0, 0).AndImmediate(7, 63).Store64(10, -16, 7).MoveRegister(8, 0).Load64(2, 10, -16).AddRegister(8, 2).Load32(0, 8, 0).Exit()
            .Function("program", "socket",
                new LineSpec(0, "Program.cs", 1, 1, "if (!Table.TryGetRef(0, out Ref<Entry> entry)) return 0;"),
                new LineSpec(10, "Program.cs", 2, 1, "uint index = entry.Value.First & 63;"), new LineSpec(13, "Program.cs", 3, 1, "return entry.Value.Bytes[index];"));
        BpfVerifierException e = Assert.Throws<BpfVerifierException>(() => CodeBuilder.Open([program], Maps).Load());
        Assert.Equal((BpfVerifierCause.MemoryBounds, 3), (e.Cause, e.SourceLine));
        Assert.Equal(e.Instruction, e.Path[^1].Instruction);
        Assert.Equal(0, e.Path[0].Instruction);
        // The path through "the key is absent" ended well and is not on the way.
        Assert.Equal(e.Path.Count, e.Path.Select(s => s.Instruction).Distinct().Count());
    }

    /// <summary>A loop in each of whose rounds the verifier writes down two long lines of source: more than the first buffer takes, and the kernel says how much.</summary>
    [KernelFact(Minimum = "6.4")]
    public void ALongLogIsWhole()
    {
        string line = new('x', 1000);
        BtfBuilder types = new();
        int number = types.Add(new BtfInt("int", 4, BtfIntEncoding.Signed, 32)), context = types.Add(new BtfPointer(0));
        int main = types.Add(new BtfFunction("program", types.Add(new BtfPrototype(number, [new("ctx", context)])), BtfLinkage.Global));
        FunctionSpec program = new CodeBuilder().Move(6, 0).AddImmediate(6, 1).JumpIfNotEqual(6, 9_000, -2).MoveRegister(0, 9).Exit().Function("program", "socket",
            new LineSpec(0, "Program.cs", 1, 1, "first"), new LineSpec(1, "Program.cs", 2, 1, line), new LineSpec(2, "Program.cs", 3, 1, line + "y"), new LineSpec(3, "Program.cs", 4, 1, "last")) with
        { BtfTypeId = main };
        BpfOpenObject open = BpfObject.Open(new ObjectSpec { License = "GPL", Functions = [program], Btf = types.Build() }, "test");
        BpfVerifierException e = Assert.Throws<BpfVerifierException>(() => open.Load());
        Assert.InRange(e.Log.Length, 1 << 24, int.MaxValue);
        Assert.Contains("\n0: (b7) r6 = 0", e.Log[..200], StringComparison.Ordinal);
        Assert.Equal(("R9 !read_ok", 4), (e.Reason, e.SourceLine));
    }

    /// <summary>Registers' states are in the log since 5.16.</summary>
    [KernelFact(Minimum = "5.16")]
    public void SizeIsNamedWithItsRange()
    {
        FunctionSpec program = Comm().Lower(2).Helper(CurrentComm).Return(0).Function("program", "raw_tp/sys_enter",
            new LineSpec(0, "Program.cs", 1, 1, "uint size = (uint)ctx.Argument(0);"), new LineSpec(1, "Program.cs", 2, 1, "Bpf.ReadComm(buffer[..size]);"),
            new LineSpec(3, "Program.cs", 1, 1, "uint size = (uint)ctx.Argument(0);"), new LineSpec(4, "Program.cs", 2, 1, "Bpf.ReadComm(buffer[..size]);"));
        BpfVerifierException e = Assert.Throws<BpfVerifierException>(() => CodeBuilder.Open([program], Maps).Load());
        Assert.Equal(("size", 2), (e.Variable, e.SourceLine));
        Assert.Contains("to 0xffffffff", e.VariableRange.Replace("4294967295", "0xffffffff", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("`size` may be 0 to", e.Message, StringComparison.Ordinal);
    }

    [KernelFact]
    public void RangeOfTheRegisterIsKept()
    {
        FunctionSpec program = Found().Load32(0, 0, 36).Exit().Function("program", "socket");
        BpfVerifierException e = Assert.Throws<BpfVerifierException>(() => CodeBuilder.Open([program], Maps).Load());
        Assert.Contains("map_value", e.RegisterState, StringComparison.Ordinal);
    }

    /// <summary>More undecided branches in a row than the verifier keeps.</summary>
    private static CodeBuilder ManyBranches()
    {
        CodeBuilder code = new CodeBuilder().Load32(6, 1, 0);
        for (int i = 0; i < 9000; i++) code.JumpIfEqual(6, i, 0);
        return code.Return(0);
    }

    /// <summary>Keeps the context in r6, looks up key 0 in the map, and returns if it is absent.</summary>
    private static CodeBuilder Found(int context = 6, int from = 1) => Key(new CodeBuilder().MoveRegister(context, from)).Helper(LookUp).JumpIfNotEqual(0, 0, 1).Exit();

    private static CodeBuilder Key(CodeBuilder? code = null) =>
        (code ?? new CodeBuilder()).Move(1, 0).Store32(10, -4, 1).MoveRegister(2, 10).AddImmediate(2, -4).LoadMap(1, "map");

    /// <summary>A buffer of 16 bytes in r1 and an unknown size in r2.</summary>
    private static CodeBuilder Comm() => new CodeBuilder().Load64(2, 1, 0).MoveRegister(1, 10).AddImmediate(1, -16);
}
