using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Tests.Generator;

/// <summary>Every form of declaration gives wrappers that compile without a warning and have the names and types that users expect.</summary>
public sealed class WrapperTests
{
    [Fact]
    public void WhatAProgramTakesIsDocumented()
    {
        GeneratorRun run = GeneratorRun.Of(GeneratorRun.Usings + "[BpfObject] public partial class Test { [BpfProgram(BpfHook.Xdp)] static XdpAction Pass(XdpContext ctx) => XdpAction.Pass; }");
        Assert.Matches(@"Pass \(\w+\)\. 2 instructions, 0 bytes of stack\.</summary>", string.Join("\n", run.After.SyntaxTrees));
    }

    [Fact]
    public void AllKindsOfMembers()
    {
        AssertCompiles(
            """
            public struct Event { public uint Pid; public Comm16 Command; }
            internal struct Hidden { public int A; }

            [BpfObject(License = "GPL")]
            public partial class Everything
            {
                [BpfMap(MaxEntries = 10)] static partial HashMap<uint, ulong> Counts { get; }
                [BpfMap(MaxEntries = 10)] internal static partial LruHashMap<ulong, Hidden> Recent { get; }
                [BpfMap(MaxEntries = 10)] private static partial PerCpuHashMap<uint, ulong> PerCpu { get; }
                [BpfMap(MaxEntries = 10)] public static partial ArrayMap<ulong> Slots { get; }
                [BpfMap(MaxEntries = 10)] static partial PerCpuArray<ulong> Scratch { get; }
                [BpfMap(MaxEntries = 10)] static partial LpmTrie<IPv4Address, byte> Routes { get; }
                [BpfMap(MaxEntries = 4096)] static partial RingBuffer<Event> Events { get; }
                [BpfMap(MaxEntries = 4)] static partial ProgramArray Stages { get; }
                [BpfMap(MaxEntries = 4)] static partial DevMap Ports { get; }
                [BpfMap(MaxEntries = 4)] static partial DevMapHash Interfaces { get; }
                [BpfMap(MaxEntries = 4)] static partial CpuMap Processors { get; }
                [BpfMap(MaxEntries = 4)] static partial XskMap Sockets { get; }
                [BpfMap(MaxEntries = 4)] static partial SockMap Peers { get; }
                [BpfMap(MaxEntries = 4)] static partial SockHash<Hidden> Flows { get; }
                [BpfMap(MaxEntries = 4)] static partial ReuseportArray Workers { get; }
                [BpfMap(MaxEntries = 4, InnerMaxEntries = 8)] static partial ArrayOfMaps<HashMap<uint, Hidden>> Tables { get; }
                [BpfMap(MaxEntries = 4, InnerMaxEntries = 8)] static partial HashOfMaps<ulong, LpmTrie<IPv4Address, byte>> Tries { get; }
                [BpfMap(MaxEntries = 1)] static partial HashMap<uint, Secret> Secrets { get; }

                private struct Secret { public int Value; }

                public static ulong dropped;
                public static readonly uint s_onlyPid;
                public static int _level = 3;
                public static int? maybe;
                internal static Hidden @class;
                public const int Ignored = 1;
                public static string Managed = "";

                [BpfProgram(BpfHook.Tracepoint, "raw_syscalls/sys_enter")]
                static int Enter(TracepointContext<SysEnter> ctx) => s_onlyPid == 0 ? _level : 0;

                [BpfProgram(BpfHook.Xdp, FaultResult = XdpAction.Drop), BpfTailCall(nameof(Stages), 1), BpfTailCall(nameof(Stages), 3)]
                static XdpAction Filter(XdpContext ctx) => XdpAction.Pass;

                [BpfProgram(BpfHook.Tc, Name = "classify")]
                static TcAction Classify(TcContext ctx) => TcAction.Ok;
            }

            internal static class User
            {
                public static void Use()
                {
                    Everything.OpenedObject opened = Everything.Open(o => { o.Constants.OnlyPid = 7; o.Globals.Level = 4; o.Maps.Counts.MaxEntries = 20; });
                    opened.Programs.Enter.AutoLoad = false;
                    using Everything e = opened.Load();
                    using BpfLink link = e.Programs.Enter.Attach();
                    using BpfAttachment all = e.AttachAll();
                    foreach ((uint pid, ulong count) in e.Maps.Counts) Console.WriteLine(pid + count);
                    BpfHashMap<ulong, Hidden> recent = e.Maps.Recent;
                    BpfPerCpuHashMap<uint, ulong> perCpu = e.Maps.PerCpu;
                    BpfArray<ulong> slots = e.Maps.Slots;
                    BpfPerCpuArray<ulong> scratch = e.Maps.Scratch;
                    BpfLpmTrie<LpmKey<IPv4Address>, byte> routes = e.Maps.Routes;
                    BpfRingBuffer<Event> events = e.Maps.Events;
                    BpfProgramArray stages = e.Maps.Stages;
                    BpfRedirectMap[] redirects = [e.Maps.Ports, e.Maps.Interfaces, e.Maps.Processors];
                    BpfSocketMap<int>[] sockets = [e.Maps.Sockets, e.Maps.Peers, e.Maps.Workers];
                    BpfSocketMap<Hidden> flows = e.Maps.Flows;
                    BpfMapOfMaps<int> tables = e.Maps.Tables;
                    BpfMapOfMaps<ulong> tries = e.Maps.Tries;
                    Interlocked.Increment(ref e.Globals.Dropped);
                    e.Globals.Level++;
                    uint only = e.Globals.OnlyPid;
                    int a = e.Globals.Class.A;
                    BpfProgram classify = e.Programs.Classify;
                    ReadOnlySpan<byte> image = Everything.Image;
                    Everything.Load().Dispose();
                }
            }
            """, "CS0649");
    }

    [Theory]
    [InlineData("[BpfObject] partial class Global { }")]
    [InlineData("namespace A.B; [BpfObject] internal partial class Inside { }")]
    [InlineData("namespace A; public partial class Outer { internal partial struct Middle { [BpfObject] private partial class Inner { static uint value; static uint Read() => value; } } }")]
    [InlineData("public partial record Outer { public partial interface I { [BpfObject] public sealed partial class @event { [BpfMap(MaxEntries = 1)] static partial HashMap<uint, uint> @new { get; } } } }")]
    [InlineData("[BpfObject] public partial class Parts { static uint one; } public partial class Parts { [BpfMap(MaxEntries = 1)] static partial HashMap<uint, uint> Two { get; } }")]
    [InlineData("namespace A { [BpfObject] public partial class Same { } } namespace B { [BpfObject] public partial class Same { } }")]
    [InlineData("[BpfObject] public partial class WithLoad { [BpfProgram(BpfHook.Xdp)] static XdpAction Load(XdpContext ctx) => XdpAction.Pass; }")]
    public void Places(string source) => AssertCompiles(source, "CS0169", "CS0649");

    private static void AssertCompiles(string source, params string[] ignored)
    {
        GeneratorRun run = GeneratorRun.Of(GeneratorRun.Usings + source);
        Assert.Empty(run.Reported);
        // Warnings that the suppressor takes care of; see its own tests.
        Assert.Empty(run.CompilerDiagnostics.Where(d => !ignored.Contains(d.Id)));
    }
}
