using BpfSharp.Analyzers.Frontend;
using BpfSharp.Compiler;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>The programs that the documentation shows, from C# to an object.</summary>
public class SampleTests
{
    internal const string SyscallCounter = """
        [BpfObject(License = "GPL")]
        public static partial class T
        {
            [BpfMap(MaxEntries = 10_240)]
            static partial HashMap<uint, ulong> Counts { get; }
            static ulong dropped;
            static readonly uint OnlyPid;
            [BpfProgram(BpfHook.Tracepoint, "raw_syscalls/sys_enter")]
            static int Count(TracepointContext<SysEnter> ctx)
            {
                uint pid = Bpf.CurrentProcessId;
                if (OnlyPid != 0 && pid != OnlyPid) return 0;
                if (Counts.TryGetRef(pid, out Ref<ulong> count))
                    Interlocked.Increment(ref count.Value);
                else if (!Counts.TryAdd(pid, 1))
                    dropped++;
                return 0;
            }
        }
        partial class T { static partial HashMap<uint, ulong> Counts => throw null!; }
        """;

    internal const string Packets = """
        public struct Event { public uint Pid; public long Time; public Comm16 Name; }
        [BpfObject(License = "GPL")]
        public static partial class T
        {
            [BpfMap(MaxEntries = 1024)] static partial LpmTrie<IPv4Address, byte> Blocked { get; }
            [BpfMap(MaxEntries = 4)] static partial ArrayMap<ulong> Totals { get; }
            [BpfMap(MaxEntries = 65536)] static partial RingBuffer<Event> Events { get; }
            [BpfProgram(BpfHook.Xdp)]
            static XdpAction Filter(XdpContext ctx)
            {
                var packet = ctx.Packet;
                if (!packet.TryRead(out Ref<EthernetHeader> eth)) return XdpAction.Pass;
                if (eth.Value.EtherType != EtherType.IPv4) return XdpAction.Pass;
                if (!packet.TryRead(out Ref<IPv4Header> ip)) return XdpAction.Pass;
                Totals[ctx.IngressInterface & 3] += ip.Value.TotalLength;
                if (ip.Value.HeaderLength > 20 && !packet.TrySkip((uint)ip.Value.HeaderLength - 20)) return XdpAction.Aborted;
                return Blocked.Contains(new LpmKey<IPv4Address>(32, ip.Value.Source)) ? XdpAction.Drop : XdpAction.Pass;
            }
            [BpfProgram(BpfHook.Kprobe, "vfs_read")]
            static int Report(KprobeContext ctx)
            {
                if (!Events.TryReserve(out var e)) return 0;
                e.Value.Pid = Bpf.CurrentProcessId;
                e.Value.Time = (long)(Bpf.KtimeNanoseconds / ctx.Argument(1));
                Bpf.CurrentCommand(out e.Value.Name);
                Bpf.Print($"read by {e.Value.Pid}, 100% of {ctx.Argument(2):x}");
                e.Submit();
                return 0;
            }
        }
        partial class T
        {
            static partial LpmTrie<IPv4Address, byte> Blocked => throw null!;
            static partial ArrayMap<ulong> Totals => throw null!;
            static partial RingBuffer<Event> Events => throw null!;
        }
        """;

    [Theory]
    [InlineData(SyscallCounter)]
    [InlineData(Packets)]
    public void Compiles(string source)
    {
        Compiled compiled = new(source);
        Assert.Empty(compiled.Errors);
        FrontendResult result = compiled.Lower();
        Assert.Empty(result.Diagnostics.Select(static d => $"{d.Id} {d.Position.Line + 1}: {string.Join(", ", d.Arguments)}"));
        Assert.NotNull(result.Module);
        IrChecker.Check(result.Module);
        CompilationResult compilation = BpfCompiler.Compile(IrParser.Parse(IrPrinter.Print(result.Module)), new CompilerOptions { CheckAfterEveryPass = true });
        Assert.Empty(compilation.Diagnostics);
        Assert.NotNull(compilation.Object);
    }
}
