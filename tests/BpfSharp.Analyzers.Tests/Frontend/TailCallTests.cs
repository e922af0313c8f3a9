using BpfSharp.Analyzers.Frontend;

namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>Where tail calls are refused.</summary>
public class TailCallTests
{
    private const string Rest = """
        partial class T
        {
            static partial ProgramArray Stages => throw null!;
            static partial HashMap<uint, uint> Table => throw null!;
            static partial RingBuffer<uint> Events => throw null!;
        }
        """;

    [Theory]
    [InlineData("", "if (Stages.TryTailCall(c, 0, out XdpAction a)) return a; return XdpAction.Drop;")]
    [InlineData("", "if ((Stages.TryTailCall(c, 0, out XdpAction a))) { return (a); } return XdpAction.Drop;")]
    [InlineData("", "if (Events.TryReserve(out var e)) { e.Value = 1; e.Submit(); } return Stages.TryTailCall(c, 0, out XdpAction a) ? a : XdpAction.Drop;")]
    [InlineData("", "if (!Events.TryReserve(out var e)) return Stages.TryTailCall(c, 0, out XdpAction a) ? a : XdpAction.Drop; e.Submit(); return XdpAction.Pass;")]
    [InlineData("BPF0150", "if (Stages.TryTailCall(c, 0, out XdpAction a)) return XdpAction.Tx; return XdpAction.Drop;")]
    [InlineData("BPF0150", "if (!Stages.TryTailCall(c, 0, out XdpAction a)) return XdpAction.Drop; return a;")]
    [InlineData("BPF0150", "if (Stages.TryTailCall(c, 0, out XdpAction a)) { Table.Remove(1); return a; } return XdpAction.Drop;")]
    [InlineData("BPF0150", "bool b = Stages.TryTailCall(c, 0, out XdpAction a); return b ? a : XdpAction.Drop;")]
    [InlineData("BPF0150", "Stages.TryTailCall(c, 0, out XdpAction _); return XdpAction.Drop;")]
    [InlineData("BPF0150", "return Next(c); } static XdpAction Next(XdpContext c) { if (Stages.TryTailCall(c, 0, out XdpAction a)) return a; return XdpAction.Drop;")]
    [InlineData("BPF0515", "if (!Events.TryReserve(out var e)) return XdpAction.Drop; if (Stages.TryTailCall(c, 0, out XdpAction a)) return a; e.Submit(); return XdpAction.Drop;")]
    [InlineData("BPF0515", "if (!c.TryFindConnection(default(IPv4Flow), IpProtocol.Udp, out var n)) return XdpAction.Drop; if (Stages.TryTailCall(c, 0, out XdpAction a)) return a; return XdpAction.Drop;")]
    [InlineData("BPF0515", "foreach (uint i in Bpf.Range(c.ReceiveQueue)) if (Stages.TryTailCall(c, i, out XdpAction a)) return a; return XdpAction.Drop;")]
    [InlineData("", "for (uint i = 0; i < 4; i++) if (Stages.TryTailCall(c, i, out XdpAction a)) return a; return XdpAction.Drop;")]
    public void Only_where_the_kernel_can_leave(string id, string body) => Check(id, $"[BpfProgram(BpfHook.Xdp)] static XdpAction P(XdpContext c) {{ {body} }}");

    [Theory]
    [InlineData("", "[BpfProgram(BpfHook.Xdp), BpfTailCall(\"Stages\", 3)] static XdpAction P(XdpContext c) => XdpAction.Pass;")]
    [InlineData("BPF0151", "[BpfProgram(BpfHook.Xdp), BpfTailCall(\"Stages\", 4)] static XdpAction P(XdpContext c) => XdpAction.Pass;")]
    [InlineData("BPF0151", "[BpfProgram(BpfHook.Xdp), BpfTailCall(\"Table\", 0)] static XdpAction P(XdpContext c) => XdpAction.Pass;")]
    [InlineData("BPF0151", "[BpfProgram(BpfHook.Xdp), BpfTailCall(\"None\", 0)] static XdpAction P(XdpContext c) => XdpAction.Pass;")]
    [InlineData("BPF0151", "[BpfProgram(BpfHook.Xdp), BpfTailCall(\"Stages\", 0), BpfTailCall(\"Stages\", 0)] static XdpAction P(XdpContext c) => XdpAction.Pass;")]
    [InlineData("BPF0151", "[BpfProgram(BpfHook.Xdp), BpfTailCall(\"Stages\", 0)] static XdpAction P(XdpContext c) => XdpAction.Pass; [BpfProgram(BpfHook.Tc), BpfTailCall(\"Stages\", 1)] static TcAction Q(TcContext c) => TcAction.Ok;")]
    [InlineData("BPF0151", "[BpfProgram(BpfHook.Xdp), BpfTailCall(\"Stages\", 0)] static XdpAction P(XdpContext c) => XdpAction.Pass; [BpfProgram(BpfHook.Tc)] static int Q(TcContext c) => Stages.TryTailCall(c, 0, out int a) ? a : 0;")]
    [InlineData("BPF0151", "[BpfProgram(BpfHook.Syscall), BpfTailCall(\"Stages\", 0)] static int P(SyscallContext<int> c) => 0;")]
    [InlineData("BPF0151", "[BpfProgram(BpfHook.Kprobe, \"vfs_read\"), BpfTailCall(\"Stages\", 0)] static int P(KprobeContext c, long file) => 0;")]
    public void Only_programs_of_one_hook(string id, string programs) => Check(id, programs);

    private static void Check(string id, string members)
    {
        Compiled compiled = new($$"""
            [BpfObject(License = "GPL")] public static partial class T
            {
                [BpfMap(MaxEntries = 4)] static partial ProgramArray Stages { get; }
                [BpfMap(MaxEntries = 4)] static partial HashMap<uint, uint> Table { get; }
                [BpfMap(MaxEntries = 4096)] static partial RingBuffer<uint> Events { get; }
                {{members}}
            }
            {{Rest}}
            """);
        Assert.Empty(compiled.Errors);
        FrontendResult lowered = compiled.Lower();
        // From 5.17 to 6.3 a Bpf.Range loop is a callback.
        IEnumerable<string> found = lowered.Module is { } module
            ? BpfSharp.Compiler.BpfCompiler.Compile(module, new BpfSharp.Compiler.CompilerOptions { MinimumKernel = (5, 18) }).Diagnostics.Select(static d => d.Id)
            : lowered.Diagnostics.Select(static d => d.Id);
        Assert.Equal(id, string.Join(",", found.Distinct()));
    }
}
