using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Analyzers.Frontend;
using BpfSharp.Compiler;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>What reads of kernel structs become, and the relocations that go with them. That kernels take them is the kernel tests' matter.</summary>
public class KernelTypeTests
{
    private const int ProbeReadUser = 112, ProbeReadKernel = 113, ProbeReadUserText = 114, ProbeReadKernelText = 115;

    private const string Types = """
        [KernelType]
        public readonly ref struct task_struct : IKernelType
        {
            public int tgid => Core.Member<int>();
            public int pid => Core.Member<int>();
            public sbyte small => Core.Member<sbyte>();
            public uint missing => Core.Member<uint>();
            [KernelMember(Kind = KernelMemberKind.Pointer)] public task_struct real_parent => Core.Member<task_struct>();
            [KernelMember(Kind = KernelMemberKind.Embedded)] public sched_entity se => Core.Member<sched_entity>();
            [KernelMember(Kind = KernelMemberKind.Array, Length = 16)] public KernelArray<byte> comm => Core.Member<KernelArray<byte>>();
            [KernelMember(Kind = KernelMemberKind.Array, Length = 4)] public KernelArray<sched_entity> all => Core.Member<KernelArray<sched_entity>>();
            [KernelMember(BitWidth = 3)] public uint flag => Core.Member<uint>();
            public state state => Core.Member<state>();
                public sched_entity unclear => Core.Member<sched_entity>();
            [KernelMember(Kind = KernelMemberKind.Pointer)] public UserPointer<sched_entity> user => Core.Member<UserPointer<sched_entity>>();
            [KernelMember(Kind = KernelMemberKind.Pointer)] public UserPointer<task_struct> tasks => Core.Member<UserPointer<task_struct>>();
            [KernelMember(Kind = KernelMemberKind.Pointer)] public UserPointer somewhere => Core.Member<UserPointer>();
            public static task_struct Current => Core.Member<task_struct>();
            public int settable { get => Core.Member<int>(); set => Core.Member(value); }
            [KernelMember(BitWidth = 3)] public uint bits { get => Core.Member<uint>(); set => Core.Member(value); }
        }
        [KernelType]
        public readonly ref struct nf_conn : IKernelType
        {
            public uint mark { get => Core.Member<uint>(); set => Core.Member(value); }
            public uint timeout { get => Core.Member<uint>(); set => Core.Member(value); }
        }
        [KernelType]
        public readonly ref struct tcp_sock : IKernelType
        {
            public uint snd_cwnd { get => Core.Member<uint>(); set => Core.Member(value); }
        }
        [KernelType]
        public readonly ref struct sched_entity : IKernelType
        {
            public ulong vruntime => Core.Member<ulong>();
            public ulong sum => Core.Member<ulong>();
        }
        [KernelType(KernelTypeKind.Enum)]
        public enum state { Running, Waiting = 5 }
        """;

    [Theory]
    [InlineData("return next.pid;", "pid")]
    [InlineData("return next.real_parent.tgid;", "real_parent tgid")]
    [InlineData("return (int)next.se.vruntime;", "se.vruntime")]
    [InlineData("return next.comm[3];", "comm.3")]
    [InlineData("return (int)next.all[2].sum;", "all.2.sum")]
    [InlineData("var e = next.se; return (int)e.sum;", "se sum")]
    [InlineData("return next.pid + next.pid;", "pid")]
    [InlineData("return next.real_parent.pid + next.real_parent.tgid;", "real_parent pid tgid")]
    public void The_verifier_knows_what_is_there(string body, string paths)
    {
        ObjectSpec compiled = Compile($"[BpfProgram(BpfHook.BtfTracepoint, \"sched_switch\")] static int F(TracingContext ctx, bool preempt, task_struct prev, task_struct next) {{ {body} }}");
        Assert.Equal(paths.Split(' '), Paths(compiled, CoreRelocationKind.FieldByteOffset));
        Assert.DoesNotContain(compiled.Functions[0].Instructions, static i => i.Code == Opcode.Call);
    }

    [Theory]
    [InlineData("return next.pid;", "pid", 1)]
    [InlineData("return next.real_parent.tgid;", "real_parent tgid", 2)]
    [InlineData("return (int)next.se.vruntime;", "se.vruntime", 1)]
    [InlineData("return next.pid + next.pid;", "pid", 1)]
    [InlineData("return next.small;", "small", 1)]
    public void An_address_from_elsewhere_is_read_by_a_helper(string body, string paths, int calls)
    {
        ObjectSpec compiled = Compile($"[BpfProgram(BpfHook.Kprobe, \"f\")] static int F(KprobeContext ctx, task_struct next) {{ {body} }}");
        Assert.Equal(paths.Split(' '), Paths(compiled, CoreRelocationKind.FieldByteOffset).Where(static p => !p.StartsWith("di", StringComparison.Ordinal) && !p.StartsWith("regs", StringComparison.Ordinal)));
        Assert.Equal(calls, compiled.Functions[0].Instructions.Count(static i => i.Code == Opcode.Call && i.Immediate == ProbeReadKernel));
    }

    [Theory]
    [InlineData("return (int)next.user.Value.sum;", "user sum", ProbeReadUser)]
    [InlineData("return (int)next.user[next.pid].sum;", "user pid sum", ProbeReadUser)]
    [InlineData("return (int)next.tasks.Value.se.sum;", "tasks se.sum", ProbeReadUser)]
    [InlineData("return (int)next.tasks.Value.all[2].sum;", "tasks all.2.sum", ProbeReadUser)]
    [InlineData("return next.tasks.Value.comm[3];", "tasks comm.3", ProbeReadUser)]
    [InlineData("return next.tasks.Value.comm[next.pid & 7];", "tasks comm pid", ProbeReadUser)]
    [InlineData("return (int)next.tasks.Value.flag;", "tasks flag", ProbeReadUser)]
    [InlineData("Comm16 c = default; return next.tasks.Value.comm.CopyTo(ref c);", "tasks comm", ProbeReadUserText)]
    [InlineData("Comm16 c = default; next.tasks.Value.comm.CopyBytesTo(ref c); return c[1];", "tasks comm", ProbeReadUser)]
    [InlineData("return (int)next.tasks.Value.user.Value.sum;", "tasks user sum", ProbeReadUser, ProbeReadUser)]
    [InlineData("return (int)next.tasks.Value.real_parent.Pointer.As<UserPointer<sched_entity>>().Value.sum;", "tasks real_parent sum", ProbeReadUser, ProbeReadUser)]
    [InlineData("return next.tasks.Value.real_parent.IsNull ? 1 : 0;", "tasks real_parent", ProbeReadUser)]
    [InlineData("return (int)next.tasks.Value.se.Address;", "tasks se")]
    [InlineData("return (int)next.somewhere.As<UserPointer<sched_entity>>().Value.sum;", "somewhere sum", ProbeReadUser)]
    [InlineData("UserPointer<sched_entity> kept = next.user; return (int)(kept.Value.sum + kept.Value.vruntime);", "user sum vruntime", ProbeReadUser, ProbeReadUser)]
    public void The_memory_of_the_process_is_read_by_its_own_helper(string body, string paths, params int[] helpers)
    {
        ObjectSpec compiled = Compile($"[BpfProgram(BpfHook.BtfTracepoint, \"sched_switch\")] static int F(TracingContext ctx, bool preempt, task_struct prev, task_struct next) {{ {body} }}");
        Assert.Equal(paths.Split(' ').Order(StringComparer.Ordinal), Paths(compiled, CoreRelocationKind.FieldByteOffset).Order(StringComparer.Ordinal));
        Assert.Equal(helpers, compiled.Functions[0].Instructions.Where(static i => i.Code == Opcode.Call).Select(static i => i.Immediate));
    }

    [Theory]
    [InlineData("Fentry, \"f\"", "TracingContext", 0)]
    [InlineData("Kprobe, \"f\"", "KprobeContext", 1)]
    public void A_bit_field_is_loaded_where_the_verifier_knows_the_pointer(string hook, string context, int calls)
    {
        ObjectSpec compiled = Compile($"[BpfProgram(BpfHook.{hook})] static int F({context} ctx, task_struct t) => (int)t.flag;");
        Instruction[] code = [.. compiled.Functions[0].Instructions];
        Assert.Equal(calls, code.Count(static i => i.Code == Opcode.Call));
        // The place is relocated at the address: a load that was would be refused by kernels that have the member as no bit field.
        Assert.Single(Paths(compiled, CoreRelocationKind.FieldByteOffset), static p => p == "flag");
        if (calls == 0)
        {
            Assert.All(compiled.Functions[0].CoreRelocations, r => Assert.NotEqual(OpcodeClass.LoadIndirect, code[r.Index].Class));
            Assert.Equal(4, code.Where(static i => i.Class == OpcodeClass.LoadIndirect && i.Source != 1).Select(static i => i.Code).Distinct().Count());
        }
        foreach (CoreRelocationKind kind in new[] { CoreRelocationKind.FieldByteSize, CoreRelocationKind.FieldLeftShift, CoreRelocationKind.FieldRightShift, CoreRelocationKind.FieldSigned })
            Assert.Contains("flag", Paths(compiled, kind));
    }

    [Fact]
    public void A_pointer_that_was_read_is_checked_before_the_kernel_is_asked()
    {
        ObjectSpec compiled = Compile("[BpfProgram(BpfHook.Fentry, \"f\")] static int F(TracingContext ctx, task_struct next) => next.real_parent.real_parent.tgid;");
        Assert.Equal(2, compiled.Functions[0].Instructions.Count(static i => i.Class == OpcodeClass.Jump && i.Operation is JumpOperation.Equal or JumpOperation.NotEqual && i.Immediate == 0));
    }

    [Theory]
    [InlineData("BtfTracepoint", "kfree_skb", 1)]
    [InlineData("BtfTracepoint", "sched_switch", 0)]
    [InlineData("Lsm", "file_open", 1)]
    [InlineData("Fentry", "vfs_read", 0)]
    public void An_argument_that_kernels_may_mark_as_nullable_is_checked(string hook, string target, int checks)
    {
        ObjectSpec compiled = Compile($"[BpfProgram(BpfHook.{hook}, \"{target}\")] static int F(TracingContext ctx, task_struct t) => -t.pid;");
        Assert.Equal(checks, compiled.Functions[0].Instructions.Count(static i => i.Class == OpcodeClass.Jump && i.Operation is JumpOperation.Equal or JumpOperation.NotEqual && i.Immediate == 0));
    }

    [Fact]
    public void Text_is_copied_by_one_call()
    {
        ObjectSpec compiled = Compile("static Comm16 name; [BpfProgram(BpfHook.RawTracepoint, \"f\")] static int F(RawTracepointContext ctx) => task_struct.Current.comm.CopyTo(ref name);");
        Assert.Equal([158, ProbeReadKernelText], compiled.Functions[0].Instructions.Where(static i => i.Code == Opcode.Call).Select(static i => i.Immediate));
    }

    [Fact]
    public void Every_kind_of_relocation_is_written()
    {
        ObjectSpec compiled = Compile("""
            [BpfProgram(BpfHook.Fentry, "f")]
            static int F(TracingContext ctx, task_struct t)
            {
                uint sum = t.flag;
                if (Core.Exists(t.missing)) sum += t.missing;
                if (Core.Exists<sched_entity>() && Core.Matches<sched_entity>()) sum += (uint)Core.SizeOf<sched_entity>();
                if (Core.Exists(state.Waiting)) sum += (uint)Core.Value(state.Waiting);
                return (int)(sum + Core.TypeId<task_struct>() + Core.LocalTypeId<task_struct>());
            }
            """);
        Assert.Equal(Enum.GetValues<CoreRelocationKind>(), compiled.Functions[0].CoreRelocations.Select(static r => r.Kind).Distinct().Order());
    }

    [Fact]
    public void An_answer_is_never_taken_for_a_constant()
    {
        // Locally the answers are 1, 5 and 8: a pass that believed it would leave one of the branches out.
        ObjectSpec compiled = Compile("""
            [BpfProgram(BpfHook.Fentry, "f")]
            static int F(TracingContext ctx, task_struct t)
            {
                if (!Core.Exists(t.missing)) return 11;
                if (Core.Value(state.Waiting) != state.Waiting) return 12;
                if (Core.SizeOf(t.se) + Core.OffsetOf(t.pid) != 8) return 13;
                return Core.IsSigned(t.pid) ? 14 : 15;
            }
            """);
        int[] results = [.. compiled.Functions[0].Instructions.Where(static i => i.Code == (OpcodeClass.Alu32 | AluOperation.Move)).Select(static i => i.Immediate)];
        foreach (int result in new[] { 11, 12, 13, 14, 15 }) Assert.Contains(result, results);
    }

    [Fact]
    public void Only_used_members_are_declared()
    {
        ObjectSpec compiled = Compile("[BpfProgram(BpfHook.Fentry, \"f\")] static int F(TracingContext ctx, task_struct t) => (int)t.real_parent.se.sum;");
        BtfStruct[] structs = [.. compiled.Btf!.OfType<BtfStruct>().OrderBy(static s => s.Name, StringComparer.Ordinal)];
        Assert.Equal(["sched_entity", "task_struct"], structs.Select(static s => s.Name));
        Assert.Equal(["sum"], structs[0].Members.Select(static m => m.Name));
        Assert.Equal(["real_parent", "se"], structs[1].Members.Select(static m => m.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Registers_are_those_of_the_architecture_that_the_object_is_loaded_on()
    {
        ObjectSpec compiled = Compile("[BpfProgram(BpfHook.Kprobe, \"f\")] static int F(KprobeContext ctx, int a, int b) => a - b;");
        FunctionSpec function = compiled.Functions[0];
        Assert.Equal(["di", "di", "regs.0", "regs.1", "si"], function.CoreRelocations.Select(r => Path(compiled, r)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("BPF0130", "_ = [|t.unclear|].sum;")]
    [InlineData("BPF0527", "var e = [|t.user.Value|];")]
    [InlineData("BPF0527", "var e = [|t.user[1]|];")]
    [InlineData("BPF0527", "var e = [|t.tasks.Value.se|];")]
    [InlineData("BPF0527", "var e = [|t.tasks.Value.real_parent|];")]
    [InlineData("BPF0527", "_ = [|t.tasks.Value.real_parent|].pid;")]
    [InlineData("BPF0527", "var e = [|t.tasks.Value.comm|];")]
    [InlineData("BPF0527", "var e = [|t.tasks.Value.all[t.pid]|];")]
    [InlineData("BPF0527", "var e = [|t.somewhere.As<sched_entity>()|];")]
    [InlineData("BPF0131", "int x = 1; if (Core.Exists([|x|])) return 1;")]
    [InlineData("BPF0131", "if ([|Core.Exists<int>()|]) return 1;")]
    [InlineData("BPF0131", "_ = Core.Value([|DayOfWeek.Monday|]);")]
    public void Mistakes_are_reported(string id, string body)
    {
        string marked = $"{Types} [BpfObject(License = \"GPL\")] public static partial class T {{ [BpfProgram(BpfHook.Fentry, \"f\")] static int F(TracingContext ctx, task_struct t) {{ {body} return 0; }} }}";
        Compiled compiled = new(marked.Replace("[|", "", StringComparison.Ordinal).Replace("|]", "", StringComparison.Ordinal));
        Assert.Empty(compiled.Errors);
        FrontendDiagnostic diagnostic = Assert.Single(compiled.Lower().Diagnostics);
        Assert.Equal(id, diagnostic.Id);
        Assert.DoesNotContain("{", string.Format(BpfDiagnostics.Find(id).MessageFormat.ToString(), [.. diagnostic.Arguments]), StringComparison.Ordinal);
        Assert.Equal(body[(body.IndexOf("[|", StringComparison.Ordinal) + 2)..body.IndexOf("|]", StringComparison.Ordinal)], compiled.Source.Substring(diagnostic.Position.Start, diagnostic.Position.Length));
    }

    [Theory]
    [InlineData("BPF0132", "[BpfProgram(BpfHook.Fentry, \"f\")] static int F(TracingContext ctx, KernelArray<int> t) => 0;")]
    [InlineData("BPF0124", "static int x; struct S { public ulong P; } [BpfMap(MaxEntries = 1)] static partial HashMap<int, int> M { get; } static readonly Ref<int> r; [BpfProgram(BpfHook.Fentry, \"f\")] static int F(TracingContext ctx, task_struct t) { return r.Value; }")]
    public void Declarations_are_checked(string id, string members)
    {
        Compiled compiled = new($"{Types} [BpfObject(License = \"GPL\")] public static partial class T {{ {members} }}");
        Assert.Equal(id, Assert.Single(compiled.Lower().Diagnostics).Id);
    }

    private static ObjectSpec Compile(string members)
    {
        Compiled compiled = new($"{Types} [BpfObject(License = \"GPL\")] public static partial class T {{ {members} }}");
        Assert.Empty(compiled.Errors);
        FrontendResult result = compiled.Lower();
        Assert.Empty(result.Diagnostics);
        CompilationResult compilation = BpfCompiler.Compile(result.Module!, new CompilerOptions { CheckAfterEveryPass = true });
        Assert.Empty(compilation.Diagnostics);
        return compilation.Object!;
    }

    private const string Writable = "RawTracepointWritable, \"nbd_send_request\"", Known = "BtfTracepoint, \"sched_process_exit\"",
        Find = "if (!ctx.TryFindConnection(default(IPv4Flow), IpProtocol.Udp, out TrackedConnection c)) return default; ";

    [Theory]
    [InlineData("", Writable, "int F(WritableTracepointContext ctx, task_struct t)", "t.settable = 1; t.settable += 2; t.settable++; (t.settable, _) = (1, 2); return t.settable;")]
    [InlineData("", Writable, "int F(WritableTracepointContext ctx, KernelPointer<int> p)", "p.Value = p.Value * 2; return (int)ctx.Argument(0);")]
    [InlineData("", "Xdp", "XdpAction F(XdpContext ctx)", Find + "c.Handle<nf_conn>().mark |= 1; return XdpAction.Pass;")]
    [InlineData("", "Tc", "TcAction F(TcContext ctx)", Find + "nf_conn n = c.Handle<nf_conn>(); n.mark = 5; n.mark--; return TcAction.Ok;")]
    [InlineData("no kernel lets programs write it", Known, "int F(TracingContext ctx, task_struct t)", "t.settable = 1; return 0;")]
    [InlineData("no kernel lets programs write it", Known, "int F(TracingContext ctx, task_struct t)", "task_struct p = t.real_parent; p.settable++; return 0;")]
    [InlineData("no kernel lets programs write it", "Xdp", "XdpAction F(XdpContext ctx)", Find + "c.Handle<nf_conn>().timeout = 1; return XdpAction.Pass;")]
    [InlineData("only programs of type SchedCls and Xdp may, and this is a 'tp_btf' program", Known, "int F(TracingContext ctx, nf_conn n)", "n.mark = 1; return 0;")]
    [InlineData("only programs of type StructOps may", Known, "int F(TracingContext ctx, tcp_sock s)", "s.snd_cwnd = 1; return 0;")]
    [InlineData("the kernel does not know", "RawTracepoint, \"sched_switch\"", "int F(RawTracepointContext ctx, task_struct t)", "t.settable = 1; return 0;")]
    [InlineData("the kernel does not know", Writable, "int F(WritableTracepointContext ctx, task_struct t)", "task_struct p = t.real_parent; p.settable = 1; return 0;")]
    [InlineData("the kernel does not know", Writable, "int F(WritableTracepointContext ctx, ulong at)", "new KernelPointer<int>(at).Value = 1; return 0;")]
    [InlineData("bit fields", Writable, "int F(WritableTracepointContext ctx, task_struct t)", "t.bits = 1; return 0;")]
    public void Writes_are_stores_where_the_kernel_allows_them(string refusal, string hook, string program, string body)
    {
        Compiled compiled = new($"{Types} [BpfObject(License = \"GPL\", MinimumKernel = \"6.1\")] public static partial class T {{ [BpfProgram(BpfHook.{hook})] static {program} {{ {body} }} }}");
        Assert.Empty(compiled.Errors);
        FrontendResult result = compiled.Lower();
        CompilationResult? compilation = result.Module is null ? null : BpfCompiler.Compile(result.Module, new CompilerOptions { CheckAfterEveryPass = true });
        string[] reasons = [.. result.Diagnostics.Where(static d => d.Id == "BPF0528").Select(static d => d.Arguments[1]), .. compilation?.Diagnostics.Where(static d => d.Id == "BPF0528").Select(static d => d.Arguments[1]) ?? []];
        if (refusal.Length > 0)
        {
            Assert.StartsWith(refusal, Assert.Single(reasons), StringComparison.Ordinal);
            return;
        }
        Assert.Empty(result.Diagnostics);
        Assert.Empty(compilation!.Diagnostics);
        Assert.DoesNotContain(compilation.Object!.Functions[0].Instructions, static i => i.Code == Opcode.Call && i.Immediate is ProbeReadKernel);
    }

    [Fact]
    public void Older_kernels_do_not_allow_the_mark()
    {
        Compiled compiled = new($"{Types} [BpfObject(License = \"GPL\", MinimumKernel = \"5.19\")] public static partial class T {{ [BpfProgram(BpfHook.Tc)] static TcAction F(TcContext ctx) {{ {Find} c.Handle<nf_conn>().mark = 1; return TcAction.Ok; }} }}");
        CompilationResult result = BpfCompiler.Compile(compiled.Lower().Module!, new CompilerOptions());
        Assert.Contains("kernels before 6.1 do not allow it, and the oldest kernel is 5.19", Assert.Single(result.Diagnostics).Arguments[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GPL", "5.15", "BPF0505")]
    [InlineData("Proprietary", "6.1", "BPF0506")]
    public void Finding_a_connection_has_its_conditions(string licence, string minimum, string expected)
    {
        Compiled compiled = new($"[BpfObject(License = \"{licence}\", MinimumKernel = \"{minimum}\")] public static partial class T {{ [BpfProgram(BpfHook.Tc)] static TcAction F(TcContext ctx) {{ {Find} return TcAction.Ok; }} }}");
        Assert.Equal(expected, Assert.Single(BpfCompiler.Compile(compiled.Lower().Module!, new CompilerOptions()).Diagnostics).Id);
    }

    private static IEnumerable<string> Paths(ObjectSpec compiled, CoreRelocationKind kind) =>
        compiled.Functions[0].CoreRelocations.Where(r => r.Kind == kind).Select(r => Path(compiled, r));

    /// <summary>The path of a relocation with the members' names.</summary>
    private static string Path(ObjectSpec compiled, CoreRelocationSpec relocation)
    {
        List<string> names = [];
        BtfType type = compiled.Btf![relocation.TypeId];
        foreach (int step in relocation.Access.Split(':').Skip(1).Select(int.Parse))
        {
            if (type is BtfArray array)
            {
                names.Add(step.ToString(System.Globalization.CultureInfo.InvariantCulture));
                type = compiled.Btf[array.ElementTypeId];
            }
            else
            {
                BtfMember member = ((BtfStruct)type).Members[step];
                names.Add(member.Name);
                type = compiled.Btf[member.TypeId];
            }
        }
        return string.Join('.', names);
    }
}
