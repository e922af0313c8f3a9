using System.Reflection;
using BpfSharp.Analyzers.Frontend;
using BpfSharp.Compiler;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>The kernel-side API: its managed implementations and the kernel's must agree.</summary>
public class KernelApiTests
{
    private const string Maps = """
        [BpfMap(MaxEntries = 64)] static partial HashMap<Key, Value> Counts { get; }
        [BpfMap(MaxEntries = 4)] static partial ArrayMap<Value> Slots { get; }
        [BpfMap(MaxEntries = 4096)] static partial RingBuffer<Value> Events { get; }
        """;

    private const string Types = """
        public struct Key { public byte A; public int B; }
        public struct Value { public long N; public byte F; }
        partial class T
        {
            static readonly HashMap<Key, Value> counts = new(64);
            static partial HashMap<Key, Value> Counts => counts;
            static readonly ArrayMap<Value> slots = new(4);
            static partial ArrayMap<Value> Slots => slots;
            static readonly RingBuffer<Value> events = new(4096);
            static partial RingBuffer<Value> Events => events;
        }
        """;

    [KernelTheory]
    [InlineData("static long F(int a, long b) { Key k = new() { A = (byte)a, B = a & 3 }; bool added = Counts.TryAdd(k, new Value { N = b }); if (Counts.TryGetRef(k, out var r)) r.Value.N = unchecked(r.Value.N + a); return Counts.TryGetValue(k, out Value v) ? unchecked(v.N + (added ? 1 : 0)) : -1; }")]
    [InlineData("static int F(int a) { Key k = new() { B = a & 7 }; int r = Counts.Contains(k) ? 1 : 0; r += Counts.Set(k, default) ? 2 : 0; r += Counts.TryUpdate(k, new() { N = 3 }) ? 4 : 0; if (a > 100) r += Counts.Remove(k) ? 8 : 0; r += Counts.Remove(new Key { B = a & 1 }) ? 16 : 0; return r; }")]
    [InlineData("static long F(int a, int b) { Slots[(uint)a & 3].N++; ref Value v = ref Slots[(uint)b & 3]; v.N = unchecked(v.N + b); v.F++; Slots.Set(1, v); return unchecked(Slots[(uint)a & 3].N + Slots[2].F); }")]
    [InlineData("static long F(uint a) { return Slots[a].N; }")]
    [InlineData("static long F(uint a) { return Slots.TryGetRef(a, out var v) ? ++v.Value.N : v.HasValue ? 5 : -1; }")]
    [InlineData("static long F(int a) { Ref<Value> r = default; if (a > 5) Slots.TryGetRef(0, out r); return r.Value.N; }")]
    [InlineData("static int F(int a, int b) { if (!Events.TryReserve(out var e)) return -1; e.Value.N = 100 / (a & 3); if (b > 5) e.Submit(); else e.Discard(); return 1; }")]
    [InlineData("static int F(int a) { if (!Events.TryReserve(out var e)) return -1; e.Discard(); if (a > 5) e.Submit(); return 1; }")]
    [InlineData("static int G(int x) => 100 / x; static int F(int a) { if (!Events.TryReserve(out var e)) return -1; int r = G(a & 1); e.Dispose(); e.Dispose(); return r; }")]
    [InlineData("static bool Get(out Reservation<Value> e) => Events.TryReserve(out e); static int F(int a) { if (!Get(out var e)) return -1; e.Value.N = 10 / (a & 7); e.Discard(); return 1; }")]
    [InlineData("static long F(ushort a, uint b) { BigEndian<ushort> x = a; BigEndian<uint> y = b; return x.Raw + y.Value + y.Raw + (x == a ? 1 : 0) + (ushort)x; }")]
    [InlineData("static int F(byte a) => new IPv4Address(10, 0, a, 1) == new IPv4Address(10, 0, 7, 1) ? 1 : 0;")]
    [InlineData("struct W { public long Sum; public int Limit; } static long F(int a, long b) { for (int i = 0; i < 5; i++) Counts.Set(new Key { B = i }, new() { N = unchecked(b + i) }); W w = new() { Limit = a & 7 }; uint n = Counts.ForEach(ref w, static (in k, ref v, ref s) => { s.Sum = unchecked(s.Sum + v.N + 100 / (s.Limit - 3)); v.F = 1; if (k.B == 4) v.N = 5; return true; }); return Counts.TryGetRef(new Key { B = 4 }, out var r) ? unchecked(w.Sum * 3 + n + r.Value.N) : -1; }")]
    [InlineData("static bool Step(in uint i, ref Value v, ref long s) { v.N++; s = unchecked(s * 7 + i); return i < 2; } static long F(int a) { long s = a; uint n = Slots.ForEach(ref s, Step); return unchecked(s + n + Slots[3].N * 100); }")]
    public void Maps_and_values(string member) => KernelOracle.Check(Maps + member, Types);

    private const string Filter = """
        [BpfObject(License = "GPL")]
        public static partial class T
        {
            [BpfProgram(BpfHook.Xdp, FaultResult = XdpAction.Tx)]
            static XdpAction F(XdpContext ctx)
            {
                var packet = ctx.Packet;
                if (!packet.TryRead(out Ref<EthernetHeader> eth)) return XdpAction.Aborted;
                if (eth.Value.EtherType != EtherType.IPv4) return packet.Remaining > 50 ? XdpAction.Pass : XdpAction.Drop;
                if (!packet.TryRead(out Ref<IPv4Header> ip)) return XdpAction.Drop;
                if (ip.Value.Version != 4) return XdpAction.Drop;
                if (!packet.TrySkip((uint)ip.Value.HeaderLength - 20)) return XdpAction.Drop;
                ip.Value.TimeToLive--;
                (eth.Value.Source, eth.Value.Destination) = (eth.Value.Destination, eth.Value.Source);
                switch (ip.Value.Protocol)
                {
                    case IpProtocol.Tcp when packet.TryPeek(out Ref<TcpHeader> tcp):
                        if (tcp.Value.Syn) tcp.Value.DestinationPort = (ushort)(tcp.Value.DestinationPort + 1);
                        return tcp.Value.DestinationPort.Value == 81 ? XdpAction.Drop : XdpAction.Pass;
                    case IpProtocol.Udp:
                        packet.TryRead(out Ref<UdpHeader> udp);
                        return 1000 / (udp.Value.SourcePort - 53) > 3 ? XdpAction.Drop : XdpAction.Pass;
                    default:
                        return ip.Value.Source == new IPv4Address(10, 0, 0, 1) ? XdpAction.Drop : XdpAction.Pass;
                }
            }
        }
        public static class Runner
        {
            public static int Run(byte[] packet)
            {
                MethodInfoHolder.Last = packet;
                try { return (int)T_F(new XdpContext(packet)); } catch (Exception) { return (int)XdpAction.Tx; }
            }
            delegate XdpAction Program(XdpContext context);
            static readonly Program T_F = (Program)System.Delegate.CreateDelegate(typeof(Program), typeof(T).GetMethod("F", System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!);
        }
        static class MethodInfoHolder { public static byte[]? Last; }
        """;

    [KernelTheory]
    [InlineData(1)]
    [InlineData(2)]
    public void Packets(int seed)
    {
        Compiled compiled = new(Filter);
        Assert.Empty(compiled.Errors);
        FrontendResult result = compiled.Lower();
        Assert.Empty(result.Diagnostics.Select(static d => $"{d.Id} {d.Position.Line}: {string.Join(", ", d.Arguments)}"));
        CompilationResult compilation = BpfCompiler.Compile(IrParser.Parse(IrPrinter.Print(result.Module!)), new CompilerOptions { CheckAfterEveryPass = true });
        Assert.Empty(compilation.Diagnostics);
        using BpfObject loaded = BpfObject.Open(Objects.ObjectWriter.Write(compilation.Object!), "T").Load();
        MethodInfo run = compiled.Load("Runner").GetMethod("Run")!;
        Random random = new(seed);
        for (int i = 0; i < 300; i++)
        {
            // The kernel wants an Ethernet header at least; the last packets are whole, the others end anywhere.
            byte[] packet = new byte[i < 200 ? random.Next(14, 80) : 80];
            random.NextBytes(packet);
            packet[12] = 8;
            packet[13] = (byte)(i % 7 == 0 ? 6 : 0);
            if (packet.Length > 35)
            {
                packet[14] = (byte)(i % 11 == 0 ? 0x65 : random.Next(0x44, 0x4A));
                packet[23] = (byte)((int[])[6, 17, 1])[i % 3];
                if (i % 5 == 0) (packet[26], packet[27], packet[28], packet[29]) = (10, 0, 0, 1);
                packet[34] = 0;
                packet[35] = (byte)random.Next(50, 56);
            }
            byte[] output = new byte[128], managed = [.. packet];
            int expected = (int)run.Invoke(null, [managed])!;
            BpfTestRunResult actual = loaded.Program("F").TestRun(packet, output, [], out int length);
            Assert.True(expected == (int)actual.ReturnValue, $"{Convert.ToHexString(packet)}: {expected} in .NET, {actual.ReturnValue} in the kernel");
            Assert.Equal(managed, output[..length]);
        }
    }
}
