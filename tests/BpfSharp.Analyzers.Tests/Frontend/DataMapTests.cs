using BpfSharp.Analyzers.Frontend;
using BpfSharp.Compiler;

namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>Maps without keys in the kernel-side API: what they compute in .NET and in the kernel, and what is refused.</summary>
public class DataMapTests
{
    private const string Maps = """
        [BpfMap(MaxEntries = 3)] static partial QueueMap<Item> Waiting { get; }
        [BpfMap(MaxEntries = 3)] static partial StackMap<uint> Open { get; }
        [BpfMap(MaxEntries = 2)] static partial ArrayMap<Item> Slots { get; }
        """;

    private const string Types = """
        public struct Item { public byte A; public long B; }
        partial class T
        {
            static readonly QueueMap<Item> waiting = new(3);
            static partial QueueMap<Item> Waiting => waiting;
            static readonly StackMap<uint> open = new(3);
            static partial StackMap<uint> Open => open;
            static readonly ArrayMap<Item> slots = new(2);
            static partial ArrayMap<Item> Slots => slots;
        }
        """;

    [KernelTheory]
    [InlineData("static long F(int a, long b) { int n = 0; for (int i = 0; i < 5; i++) n += Waiting.TryEnqueue(new Item { A = (byte)(a + i), B = b }) ? 1 : 0; Waiting.TryDequeue(out Item x); bool p = Waiting.TryPeek(out Item y); return unchecked(n * 1000 + x.A * 7 + y.A + x.B + (p ? y.B : 1)); }")]
    [InlineData("static long F(int a) { Item x = new() { A = 1, B = a }; for (int i = 0; i < 5; i++) { x.B++; Waiting.EnqueueOverOldest(x); } long s = 0; for (int i = 0; i < 4; i++) if (Waiting.TryDequeue(out x)) s = unchecked(s * 31 + x.B); return unchecked(s + x.B + x.A); }")]
    [InlineData("static long F(uint a) { for (uint i = 0; i < 5; i++) if (!Open.TryPush(a + i)) Open.PushOverOldest(i); long s = 0; if (Open.TryPeek(out uint top)) s = top; for (int i = 0; i < 4; i++) s = unchecked(s * 31 + (Open.TryPop(out uint x) ? x : 5)); return s; }")]
    [InlineData("static long F(int a) { Waiting.TryEnqueue(new Item { A = 3, B = a }); bool q = Waiting.TryPeek(out Slots[(uint)a & 3]); return unchecked(Slots[0].B + Slots[1].B * 3 + (q ? 1 : 0)); }")]
    [InlineData("static long F(int a) { Slots[1].B = a; Waiting.TryEnqueue(in Slots[1]); Slots[1].B = 9; Waiting.TryDequeue(out Slots[0]); bool more = Waiting.TryDequeue(out Slots[1]); return unchecked(Slots[0].B * 3 + Slots[1].B + (more ? 1 : 0)); }")]
    public void Queues_and_stacks(string member) => KernelOracle.Check(Maps + member, Types, 6, 12);

    [Fact]
    public void Draining_a_user_ring()
    {
        Compiled compiled = new("""
            public struct S { public ulong Sum; }
            [BpfObject(MinimumKernel = "6.1")] public static partial class T
            {
                [BpfMap(MaxEntries = 4096)] static partial UserRingBuffer<ulong> Ring { get; }
                static partial UserRingBuffer<ulong> Ring => throw null!;
                [BpfProgram(BpfHook.Syscall)] static int F(SyscallContext<S> ctx)
                {
                    S state = ctx.Value;
                    int n = Ring.Drain(ref state, static (in r, ref s) => { s.Sum += 10 / r; return r != 7; });
                    ctx.Value = state;
                    return n;
                }
            }
            """);
        Assert.Empty(compiled.Errors);
        Assert.Empty(BpfCompiler.Compile(compiled.Lower().Module!, new CompilerOptions { CheckAfterEveryPass = true }).Diagnostics);
    }

    [Theory]
    [InlineData("[BpfMap(MaxEntries = 8)] static partial BloomFilter<int> M { get; }", "BloomFilter", "BPF0520: M, BloomFilter, 5.16, 5.15")]
    [InlineData("[BpfMap(MaxEntries = 4096)] static partial UserRingBuffer<int> M { get; }", "UserRingBuffer", "BPF0520: M, UserRingBuffer, 6.1, 5.15")]
    [InlineData("[BpfMap] static partial CgroupStorage<int> M { get; }", "CgroupStorage", "BPF0520: M, CgroupStorage, 6.2, 5.15")]
    [InlineData("[BpfMap] static partial TaskStorage<int> M { get; }", "TaskStorage", null)]
    public void Maps_newer_than_the_oldest_kernel(string map, string type, string? expected)
    {
        Compiled compiled = new($"[BpfObject] public static partial class T {{ {map} static partial {type}<int> M => throw null!; }}");
        Assert.Empty(compiled.Errors);
        CompilationResult result = BpfCompiler.Compile(compiled.Lower().Module!, new CompilerOptions { CheckAfterEveryPass = true });
        Assert.Equal(expected is null ? [] : [expected], result.Diagnostics.Select(static d => $"{d.Id}: {string.Join(", ", d.Arguments)}"));
        Assert.All(result.Diagnostics, static d => Assert.NotEqual(0, d.DebugId));
        string newer = $"[BpfObject(MinimumKernel = \"6.2\")] public static partial class T {{ {map} static partial {type}<int> M => throw null!; }}";
        Assert.NotNull(BpfCompiler.Compile(new Compiled(newer).Lower().Module!, new CompilerOptions { CheckAfterEveryPass = true }).Object);
    }

    private const string Handles = """
        namespace K
        {
            [KernelType] public readonly ref struct task_struct : IKernelType
            {
                [KernelMember(Kind = KernelMemberKind.Pointer)] public task_struct real_parent => Core.Member<task_struct>();
                public static task_struct Current => Core.Member<task_struct>();
            }
            [KernelType] public readonly ref struct cred : IKernelType { public int uid => Core.Member<int>(); }
        }
        """;

    [Theory]
    [InlineData("", "BtfTracepoint, \"sched_process_exec\"", "TracingContext ctx, K.task_struct t", "return Values.TryGetOrAdd(t.real_parent, out _) ? 1 : 0;")]
    [InlineData("", "BtfTracepoint, \"sched_process_exec\"", "TracingContext ctx, K.task_struct t", "static bool Get(K.task_struct x, out Ref<long> v) => Values.TryGetRef(x, out v); return Get(t, out _) ? 1 : 0;")]
    [InlineData("", "Kprobe, \"vfs_read\"", "KprobeContext ctx", "return Values.TryGetOrAdd(5, out Ref<long> v) ? (int)v.Value : Values.Remove(K.task_struct.Current) ? 1 : 0;")]
    [InlineData("BPF0521", "Kprobe, \"wake_up_new_task\"", "KprobeContext ctx, K.task_struct t", "return Values.TryGetOrAdd(t, out _) ? 1 : 0;")]
    [InlineData("BPF0521", "BtfTracepoint, \"sched_process_exec\"", "TracingContext ctx, K.task_struct t", "return Values.Remove(t.Pointer.As<K.task_struct>()) ? 1 : 0;")]
    [InlineData("BPF0521", "BtfTracepoint, \"sched_process_exec\"", "TracingContext ctx, K.task_struct t", "[System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)] static bool Get(K.task_struct x) => Values.TryGetRef(x, out _); return Get(t) ? 1 : 0;")]
    [InlineData("BPF0142", "BtfTracepoint, \"sched_process_exec\"", "TracingContext ctx, K.cred t", "return Values.TryGetOrAdd(t, out _) ? 1 : 0;")]
    [InlineData("BPF0127", "BtfTracepoint, \"sched_process_exec\"", "TracingContext ctx, K.task_struct t", "static bool Get(TaskStorage<long> s) => s.TryGetRef(out _); return Get(Values) ? 1 : 0;")]
    [InlineData("BPF0504", "Xdp", "XdpContext ctx", "return Values.TryGetRef(out _) ? 1 : 0;")]
    [InlineData("BPF0522", "Syscall", "SyscallContext<long> ctx", "return Waiting.TryPeek(out _) ? 1 : 0;")]
    [InlineData("BPF0522", "Syscall", "SyscallContext<long> ctx", "return Prefixes.TryGetValue(default, out _) ? 1 : 0;")]
    public void What_the_kernel_would_refuse(string id, string hook, string parameters, string body)
    {
        const string Declared = """
            [BpfMap] static partial TaskStorage<long> Values { get; } static partial TaskStorage<long> Values => throw null!;
            [BpfMap(MaxEntries = 2)] static partial QueueMap<long> Waiting { get; } static partial QueueMap<long> Waiting => throw null!;
            [BpfMap(MaxEntries = 2)] static partial LpmTrie<uint, long> Prefixes { get; } static partial LpmTrie<uint, long> Prefixes => throw null!;
            """;
        Compiled compiled = new($"{Handles} [BpfObject(License = \"GPL\")] public static partial class T {{ {Declared} [BpfProgram(BpfHook.{hook})] static int P({parameters}) {{ {body} }} }}");
        Assert.Empty(compiled.Errors);
        FrontendResult result = compiled.Lower();
        IEnumerable<string> ids = result.Module is null ? result.Diagnostics.Select(static d => d.Id)
            : BpfCompiler.Compile(result.Module, new CompilerOptions { CheckAfterEveryPass = true }).Diagnostics.Select(static d => d.Id);
        Assert.Equal(id, string.Join(",", ids.Distinct()));
    }
}
