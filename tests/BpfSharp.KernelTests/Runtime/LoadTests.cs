using BpfSharp.Loading;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

public class LoadTests
{
    private static readonly MapSpec Counts = new() { Name = "counts", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 100 };

    [KernelFact]
    public void ConstantsSetBetweenOpenAndLoadAreWhatTheProgramReads()
    {
        BpfOpenObject open = CodeBuilder.Open(
            [new CodeBuilder().LoadData(1, ".rodata", 4).Load32(0, 1, 0).Exit().Function("read", "socket")],
            data: [new() { Name = ".rodata", Content = [0, 0, 0, 0, 1, 0, 0, 0] }]);
        open.Variable<int>(".rodata", 4) = 42;
        using BpfObject loaded = open.Load();
        Assert.Equal(42u, loaded.Program("read").TestRun(new byte[64]).ReturnValue);
        Assert.Equal(42, loaded.ReadGlobal<int>(".rodata", 4));
        Assert.Equal(42, loaded.Global<int>(".rodata", 4));
        Assert.Throws<InvalidOperationException>(() => loaded.WriteGlobal(".rodata", 4, 1));
    }

    [KernelFact]
    public void GlobalsAreSharedWithTheProgram()
    {
        BpfOpenObject open = CodeBuilder.Open(
            [new CodeBuilder().LoadData(1, ".data", 8).Move(2, 5).AtomicAdd64(1, 0, 2).Load64(0, 1, 0).Exit().Function("add", "socket")],
            data: [new() { Name = ".data", Content = [.. new byte[16]] }]);
        open.Variable<long>(".data", 8) = 100;
        using BpfObject loaded = open.Load();
        Assert.Equal(105u, loaded.Program("add").TestRun(new byte[64]).ReturnValue);
        ref long value = ref loaded.Global<long>(".data", 8);
        Assert.Equal(105, value);
        value = 1000;
        Assert.Equal(1005u, loaded.Program("add").TestRun(new byte[64]).ReturnValue);
        Assert.Equal(1005, loaded.ReadGlobal<long>(".data", 8));
        loaded.WriteGlobal<long>(".data", 8, 1);
        Assert.Equal(6u, loaded.Program("add").TestRun(new byte[64]).ReturnValue);
        Assert.Throws<ArgumentOutOfRangeException>(() => loaded.ReadGlobal<long>(".data", 12));
    }

    /// <summary>As on kernels whose arrays cannot be mapped (before 5.5): the section's map has no flag for it.</summary>
    [KernelFact]
    public void GlobalsAreReadAndWrittenWithoutSharedMemory()
    {
        BpfMap map = BpfMap.Create(new MapSpec { Name = "section", Type = MapType.Array, KeySize = 4, ValueSize = 16, MaxEntries = 1 });
        using DataSectionMap section = new(map, ".data", readOnly: false);
        section.Write(8, 0x1122334455667788);
        section.Write(0, 7);
        byte[] raw = new byte[16];
        Assert.True(map.TryLookup(new byte[4], raw));
        Assert.Equal([7, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11], raw);
        raw[4] = 9;
        Assert.True(map.TryUpdate(new byte[4], raw));
        Assert.Equal((9, 0x1122334455667788), (section.Read<int>(4), section.Read<long>(8)));
        Assert.Contains("read and write it by value", Assert.Throws<InvalidOperationException>(() => section.Ref<int>(0)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => section.Read<long>(12));
        using DataSectionMap constants = new(BpfMap.OpenById(map.Info.Id), ".rodata", readOnly: true);
        Assert.Throws<InvalidOperationException>(() => constants.Write(0, 1));
    }

    [KernelFact]
    public void SubprogramsAreLinkedBehindTheProgram()
    {
        FunctionSpec twice = new CodeBuilder().Call("next").MoveRegister(1, 0).Call("next").Exit().Function("twice", ".text");
        FunctionSpec next = new CodeBuilder().MoveRegister(0, 1).AddImmediate(0, 1).Exit().Function("next", ".text");
        FunctionSpec main = new CodeBuilder().Move(1, 20).Call("twice").MoveRegister(1, 0).Call("next").Exit().Function("main", "socket");
        using BpfObject loaded = CodeBuilder.Open([main, twice, next]).Load();
        Assert.Equal(23u, loaded.Program("main").TestRun(new byte[64]).ReturnValue);
    }

    [KernelFact]
    public void RejectedProgramNamesLineReasonAndWholeLog()
    {
        // The entry is written without asking whether the lookup found it.
        FunctionSpec bad = new CodeBuilder().Move(1, 0).Store32(10, -4, 1).MoveRegister(2, 10).AddImmediate(2, -4).LoadMap(1, "counts").Helper(1)
            .Move(1, 1).Store64(0, 0, 1).Return(0)
            .Function("bad", "socket", new(0, "Counter.cs", 10, 9, "uint pid = 0;"), new(8, "Counter.cs", 12, 9, "Counts[pid].Value = 1;"));
        int before = OpenDescriptors();
        BpfVerifierException e = Assert.Throws<BpfVerifierException>(() => CodeBuilder.Open([bad], [Counts]).Load());
        Assert.Equal(("Counter.cs", 12, "Counts[pid].Value = 1;"), (e.SourceFile, e.SourceLine, e.SourceText));
        Assert.Equal("R0 invalid mem access 'map_value_or_null'", e.Reason);
        Assert.Equal("bad", e.ProgramName);
        Assert.Contains("Counter.cs:12", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.Contains("0: (b7) r1 = 0", e.Log, StringComparison.Ordinal);
        Assert.Contains("processed ", e.Log, StringComparison.Ordinal);
        Assert.Equal(before, OpenDescriptors());
    }

    [KernelFact]
    public void LongVerifierLogIsWhole()
    {
        // Ten thousand instructions before the failing one: more log than the first buffer holds.
        CodeBuilder code = new();
        for (int i = 0; i < 10_000; i++) code.Move(1 + (i % 5), i);
        FunctionSpec bad = code.Load64(0, 1, 0).Exit().Function("bad", "socket");
        BpfVerifierException e = Assert.Throws<BpfVerifierException>(() => CodeBuilder.Open([bad]).Load());
        Assert.True(e.Log.Length > 200_000, $"{e.Log.Length} characters");
        Assert.Contains("\n5000: ", e.Log, StringComparison.Ordinal);
        Assert.Equal("R1 invalid mem access 'scalar'", e.Reason.Replace("'inv'", "'scalar'", StringComparison.Ordinal));
        Assert.Equal(10_000, e.Instruction);
    }

    [KernelFact]
    public void OptionalProgramThatIsRejectedIsLeftOut()
    {
        FunctionSpec bad = new CodeBuilder().Load64(0, 2, 0).Exit().Function("bad", "socket");
        FunctionSpec good = new CodeBuilder().Return(7).Function("good", "socket");
        BpfOpenObject open = CodeBuilder.Open([bad, good]);
        open.Program("bad").Policy = BpfProgramPolicy.Optional;
        using BpfObject loaded = open.Load();
        Assert.Equal(["good"], loaded.Programs.Select(p => p.Name));
        Assert.IsType<BpfVerifierException>(loaded.Failures["bad"]);
        Assert.Throws<KeyNotFoundException>(() => loaded.Program("bad"));
    }

    [KernelFact]
    public void TailCallTableIsFilled()
    {
        MapSpec table = new() { Name = "table", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 2, Values = ["", "second"] };
        FunctionSpec first = new CodeBuilder().LoadMap(2, "table").Move(3, 1).Helper(12).Return(1).Function("first", "socket");
        FunctionSpec second = new CodeBuilder().Return(2).Function("second", "socket");
        using BpfObject loaded = CodeBuilder.Open([first, second], [table]).Load();
        Assert.Equal(2u, loaded.Program("first").TestRun(new byte[64]).ReturnValue);
    }

    [KernelFact]
    public void UnknownMapTypeNamesItAndLeavesNothing()
    {
        int before = OpenDescriptors();
        BpfOpenObject open = CodeBuilder.Open([], [Counts, new() { Name = "odd", Type = (MapType)200, KeySize = 4, ValueSize = 4, MaxEntries = 1 }]);
        BpfException e = Assert.Throws<BpfException>(() => open.Load());
        Assert.Contains("'odd'", e.Message, StringComparison.Ordinal);
        Assert.NotEqual(0, e.ErrorNumber);
        Assert.Equal(before, OpenDescriptors());
    }

    [KernelFact]
    public void CoreRelocationIsAClearError()
    {
        FunctionSpec program = new CodeBuilder().Return(0).Function("core", "socket") with
        {
            CoreRelocations = [new(0, 1, "0:1", CoreRelocationKind.FieldByteOffset)],
        };
        Assert.ThrowsAny<BpfException>(() => CodeBuilder.Open([program]).Load());
    }

    [KernelFact]
    public void TwoHundredCyclesLeaveNoDescriptor()
    {
        BpfOpenObject open = CodeBuilder.Open(
            [new CodeBuilder().LoadData(1, ".bss", 0).Move(0, 0).Exit().Function("p", "raw_tp/sys_enter")], [Counts],
            [new() { Name = ".bss", Content = [.. new byte[8]] }]);
        int before = OpenDescriptors();
        using (open.Load()) Assert.True(OpenDescriptors() > before);
        for (int i = 0; i < 200; i++)
        {
            using BpfObject loaded = open.Load();
            using BpfAttachment attached = loaded.AttachAll();
            Assert.Single(attached.Links);
        }

        Assert.Equal(before, OpenDescriptors());
    }

    /// <summary>This process's descriptors of maps, programs, links, BTF and perf events; the test host opens others as it likes.</summary>
    internal static int OpenDescriptors() => Directory.GetFiles("/proc/self/fd").Count(path =>
        new FileInfo(path).LinkTarget is { } target && (target.StartsWith("anon_inode:bpf", StringComparison.Ordinal)
            || target.StartsWith("anon_inode:btf", StringComparison.Ordinal) || target == "anon_inode:[perf_event]"));
}
