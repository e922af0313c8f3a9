using BpfSharp.Compiler;

namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>Which programs may look for sockets in maps and take them out.</summary>
public class SocketMapTests
{
    [Theory]
    [InlineData("", "SockOps", "int", "SockOpsContext c", "return Sockets.Remove(1) | ByPort.Remove(c.LocalPort) ? 1 : 0;")]
    [InlineData("", "Xdp", "XdpAction", "XdpContext c", "return Sockets.Remove(1) && ByPort.Contains(7) ? XdpAction.Pass : XdpAction.Drop;")]
    [InlineData("", "SkSkbVerdict", "SkAction", "SkSkbContext c", "return Sockets.Contains(1) ? SkAction.Pass : SkAction.Drop;")]
    [InlineData("", "SkMsg", "SkAction", "SkMsgContext c", "return Numbers.Remove(1) ? SkAction.Pass : SkAction.Drop;")]
    [InlineData("BPF0504", "SkMsg", "SkAction", "SkMsgContext c", "return Sockets.Remove(1) ? SkAction.Pass : SkAction.Drop;")]
    [InlineData("BPF0504", "SkSkbParser", "int", "SkSkbContext c", "return ByPort.Remove(1) ? 1 : 0;")]
    [InlineData("BPF0504", "SockOps", "int", "SockOpsContext c", "return Sockets.Contains(1) ? 1 : 0;")]
    [InlineData("BPF0504", "RawTracepoint, \"sys_enter\"", "int", "RawTracepointContext c", "return Sockets.Contains(1) ? 1 : 0;")]
    public void What_the_kernel_would_refuse(string id, string hook, string result, string parameters, string body)
    {
        const string Declared = """
            [BpfMap(MaxEntries = 2)] static partial SockMap Sockets { get; } static partial SockMap Sockets => throw null!;
            [BpfMap(MaxEntries = 2)] static partial SockHash<ulong> ByPort { get; } static partial SockHash<ulong> ByPort => throw null!;
            [BpfMap(MaxEntries = 2)] static partial HashMap<int, int> Numbers { get; } static partial HashMap<int, int> Numbers => throw null!;
            """;
        Compiled compiled = new($"[BpfObject(License = \"GPL\")] public static partial class T {{ {Declared} [BpfProgram(BpfHook.{hook})] static {result} P({parameters}) {{ {body} }} }}");
        Assert.Empty(compiled.Errors);
        CompilationResult made = BpfCompiler.Compile(compiled.Lower().Module!, new CompilerOptions { MinimumKernel = (5, 10), CheckAfterEveryPass = true });
        Assert.Equal(id, string.Join(",", made.Diagnostics.Select(static d => d.Id).Distinct()));
    }
}
