using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using BpfSharp.Kernel;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>The parts of a program in the kernel that are asked for one by one, next to bpftool's dumps and the kernel's list of symbols.</summary>
public sealed class ProgramDetailTests
{
    private const int SysAdmin = 21, Syslog = 34, Bpf = 39;

    [KernelFact]
    public void InstructionsOfAProgramAreThoseThatBpftoolDumps()
    {
        using Described loaded = Described.Load();
        BpfProgram program = loaded.Programs.Entry;
        string file = Path.GetTempFileName();
        try
        {
            Command.Run("bpftool", "prog", "dump", "xlated", "id", $"{program.Info.Id}", "file", file);
            Assert.Equal(File.ReadAllBytes(file), InstructionCodec.Encode([.. program.GetInstructions()]));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [KernelFact]
    public void MachineCodeIsThatOfTheProgram()
    {
        // bpftool dumps machine code where it is built with a disassembler only; what stands for sure in this one's is its result.
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Return(0x12345678).Function("constant", "socket")]).Load();
        BpfProgram program = loaded.Program("constant");
        byte[] code = program.GetMachineCode();
        Assert.Equal((program.Info.JitedLength, true), (code.Length, code.Length > 0));
        byte[] expected = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? [.. BitConverter.GetBytes(0x52800000u | (0x5678u << 5) | 7), .. BitConverter.GetBytes(0x72a00000u | (0x1234u << 5) | 7)] // movz w7, movk w7
            : [0xb8, .. BitConverter.GetBytes(0x12345678)]; // mov eax
        Assert.True(code.AsSpan().IndexOf(expected) >= 0, Convert.ToHexString(code));
        Assert.Equal(code.Length, Assert.Single(program.GetFunctions()).MachineCodeLength);
    }

    [KernelFact]
    public void MapsOfAProgramAreThoseThatBpftoolNames()
    {
        using Described loaded = Described.Load();
        BpfProgram program = loaded.Programs.Entry;
        IReadOnlyList<uint> ids = program.GetMapIds();
        Assert.Equal(Bpftool(program).GetProperty("map_ids").EnumerateArray().Select(static e => e.GetUInt32()).Order(), ids.Order());
        Assert.Contains(loaded.Maps.Seen.Info.Id, ids);
        using BpfObject none = CodeBuilder.Open([new CodeBuilder().Return(0).Function("none", "socket")]).Load();
        Assert.Empty(none.Program("none").GetMapIds());
        Assert.Empty(none.Program("none").GetLines());
    }

    [KernelFact]
    public void ProgramSaysWhoLoadedItAndUnderWhichLicence()
    {
        using Described free = Described.Load();
        BpfProgramInfo info = free.Programs.Entry.Info;
        JsonElement shown = Bpftool(free.Programs.Entry);
        Assert.Equal((shown.GetProperty("uid").GetUInt32(), shown.GetProperty("gpl_compatible").GetBoolean()), (info.UserId, info.IsGplCompatible));
        Assert.Equal(shown.GetProperty("btf_id").GetUInt32(), info.BtfId);
        Assert.True(info.IsGplCompatible);
        using BpfObject other = BpfObject.Open(new ObjectSpec { License = "Proprietary", Functions = [new CodeBuilder().Return(0).Function("other", "socket")] }, "other").Load();
        Assert.False(other.Program("other").Info.IsGplCompatible);
    }

    [KernelFact(Minimum = "5.16")]
    public void CostOfTheVerificationIsWhatItsLogSays()
    {
        string log = "";
        using Described loaded = Described.Open().Load(new BpfLoadOptions { LogLevel = 4, LogSink = (_, text) => log = text });
        uint? counted = loaded.Programs.Entry.Info.VerifiedInstructions;
        Assert.Contains($"processed {counted} insns", log, StringComparison.Ordinal);
    }

    [KernelFact]
    public void FunctionsAreTheSymbolsOfTheKernel()
    {
        using Described loaded = Described.Load();
        IReadOnlyList<BpfProgramFunction> functions = loaded.Programs.Entry.GetFunctions();
        Assert.Equal(["Entry", "Described_Count"], functions.Select(static f => f.Name));
        IReadOnlyList<Instruction> code = loaded.Programs.Entry.GetInstructions();
        Assert.Equal(0, functions[0].Index);
        // A function ends before the next one begins; the offset of a call says how far away it is.
        Assert.Equal(0x95, code[functions[1].Index!.Value - 1].Code);
        Assert.Contains(Enumerable.Range(0, functions[1].Index!.Value), i => code[i] is { Code: 0x85, Source: 1 } call && i + 1 + call.Offset == functions[1].Index);
        Assert.Equal(loaded.Programs.Entry.Info.JitedLength, functions.Sum(static f => f.MachineCodeLength));
        Dictionary<string, ulong> symbols = File.ReadLines("/proc/kallsyms").Where(static l => l.Contains("bpf_prog_", StringComparison.Ordinal)).Select(static l => l.Split(' ', '\t'))
            .GroupBy(static p => p[2]).ToDictionary(static g => g.Key, static g => ulong.Parse(g.Last()[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        foreach (BpfProgramFunction function in functions) Assert.Equal(symbols[$"bpf_prog_{function.Tag:x16}_{function.Name}"], function.Address);
    }

    [KernelFact]
    public void LinesAreThoseThatBpftoolShows()
    {
        using Described loaded = Described.Load();
        BpfProgram program = loaded.Programs.Entry;
        IReadOnlyList<BpfProgramLine> lines = program.GetLines();
        JsonElement dump = JsonDocument.Parse(Command.Run("bpftool", "-j", "prog", "dump", "xlated", "id", $"{program.Info.Id}", "linum")).RootElement;
        (string, int, int, string)[] shown = [.. dump.EnumerateArray().Where(static e => e.TryGetProperty("src", out _)).Select(static e => (
            e.GetProperty("file").GetString()!, e.GetProperty("line_num").GetInt32(), e.GetProperty("line_col").GetInt32(), e.GetProperty("src").GetString()!))];
        Assert.NotEmpty(shown);
        Assert.Equal(shown, lines.Select(static l => (l.File, l.Line, l.Column, l.Text.TrimStart())));
        Assert.Equal(lines.Select(static l => l.Index).Order(), lines.Select(static l => l.Index));
        Assert.Contains(lines, static l => l.File.EndsWith("ProgramDetailTests.cs", StringComparison.Ordinal) && l.Text.Contains("Seen[0] += by", StringComparison.Ordinal));
        // Each line's machine code is in the function that it is of.
        IReadOnlyList<BpfProgramFunction> functions = program.GetFunctions();
        foreach (BpfProgramLine line in lines)
        {
            BpfProgramFunction function = functions.Last(f => f.Index <= line.Index);
            Assert.InRange(line.Address!.Value - function.Address!.Value, 0ul, (ulong)function.MachineCodeLength!.Value - 1);
        }
    }

    [KernelFact(Needs = KernelNeeds.TpBtf)]
    public void TracingProgramNamesWhatItWasLoadedFor()
    {
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Return(0).Function("traces", "tp_btf/sys_enter")]).Load();
        BpfProgramInfo info = loaded.Program("traces").Info;
        bool known = ThisKernel.Version >= new KernelVersion(6, 0);
        Assert.Equal((known, known), (info.AttachBtfId is not null, info.AttachTypeId is not null));
        if (!known) return;
        Assert.Equal("vmlinux", Assert.Single(BpfBtf.EnumerateInfos(), b => b.Id == info.AttachBtfId).Name);
        // bpftool writes a line for each of the kernel's types: [12] TYPEDEF 'btf_trace_sys_enter' type_id=11
        string line = Command.Run("bpftool", "btf", "dump", "id", $"{info.AttachBtfId}").Split('\n').Single(static l => l.Contains(" 'btf_trace_sys_enter' ", StringComparison.Ordinal));
        Assert.StartsWith($"[{info.AttachTypeId}] TYPEDEF", line, StringComparison.Ordinal);
    }

    /// <summary>Before Linux 6.0 kernel.unprivileged_bpf_disabled forbids the question itself.</summary>
    [KernelFact(Minimum = "6.0")]
    public void WhoMayNotSeeTheCodeGetsNone()
    {
        using Described loaded = Described.Load();
        BpfProgram program = loaded.Programs.Entry;
        Capabilities.RunWithout([SysAdmin, Bpf], () =>
        {
            Assert.Equal((0, 0), (program.Info.TranslatedLength, program.Info.JitedLength));
            Assert.Empty(program.GetInstructions());
            Assert.Empty(program.GetMachineCode());
            Assert.Empty(program.GetFunctions());
            Assert.Empty(program.GetLines());
            Assert.NotEmpty(program.GetMapIds());
        });
        // With CAP_BPF alone, and names in a BTF that cannot be opened.
        Capabilities.RunWithout([SysAdmin], () =>
        {
            Assert.NotEmpty(program.GetInstructions());
            Assert.Contains("CAP_SYS_ADMIN", Assert.Throws<BpfException>(() => program.GetLines()).Message, StringComparison.Ordinal);
        });
    }

    [KernelFact]
    public void WhoMayNotSeeAddressesGetsNone()
    {
        using Described loaded = Described.Load();
        BpfProgram program = loaded.Programs.Entry;
        string restriction = File.ReadAllText("/proc/sys/kernel/kptr_restrict").Trim();
        try
        {
            File.WriteAllText("/proc/sys/kernel/kptr_restrict", "1");
            // What counts is what they may who opened the descriptor.
            Capabilities.RunWithout([Syslog], () =>
            {
                using BpfProgram opened = BpfProgram.OpenById(program.Info.Id);
                Assert.True(opened.Info.JitedLength > 0);
                Assert.Empty(opened.GetMachineCode());
                Assert.All(opened.GetFunctions(), static f => Assert.Equal((null, null), (f.Address, f.MachineCodeLength)));
                Assert.All(opened.GetLines(), static l => Assert.Null(l.Address));
                Assert.NotEmpty(opened.GetInstructions());
            });
        }
        finally
        {
            File.WriteAllText("/proc/sys/kernel/kptr_restrict", restriction);
        }
    }

    private static JsonElement Bpftool(BpfProgram program) =>
        JsonDocument.Parse(Command.Run("bpftool", "-j", "prog", "show", "id", $"{program.Info.Id}")).RootElement;
}

/// <summary>A program with a map, a global and a function that it calls.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class Described
{
    [BpfMap(MaxEntries = 4)]
    static partial ArrayMap<ulong> Seen { get; }

    static ulong total;

    [BpfProgram(BpfHook.Xdp)]
    static XdpAction Entry(XdpContext ctx)
    {
        Count(ctx.ReceiveQueue);
        Count(total);
        return XdpAction.Pass;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Count(ulong by)
    {
        Seen[0] += by;
        total += by;
    }
}
