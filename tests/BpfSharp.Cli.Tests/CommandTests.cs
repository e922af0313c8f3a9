using System.Text.Json;
using System.Text.RegularExpressions;

namespace BpfSharp.Cli.Tests;

/// <summary>Each command, next to what another tool says of the same thing.</summary>
public partial class CommandTests
{
    private const string Program = """
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>
        #include <bpf/bpf_core_read.h>
        struct sample { int first; int second; } __attribute__((preserve_access_index));
        struct sample___new { int third; } __attribute__((preserve_access_index));
        SEC("raw_tp/sys_enter") int f(void *ctx)
        {
            struct sample *s = (void *)bpf_get_current_task();
            int value = BPF_CORE_READ(s, second);
            if (bpf_core_field_exists(((struct sample___new *)s)->third)) value = BPF_CORE_READ((struct sample___new *)s, third);
            bpf_printk("%d", value);
            return 0;
        }
        """;

    [ToolFact("clang-19", "llvm-readelf-19")]
    public void InspectCountsAsReadelfDoes()
    {
        using TemporaryFolder folder = new();
        string file = ClangObjects.Compile(folder, ClangObjects.Everything);
        JsonElement shown = Bpf.Json("inspect", file)[0];
        Dictionary<string, int> symbols = Function().Matches(Tools.Run("llvm-readelf-19", "-sW", file))
            .ToDictionary(static m => m.Groups[2].Value, static m => int.Parse(m.Groups[1].Value) / 8);
        Assert.Equal(symbols, shown.GetProperty("programs").EnumerateArray().ToDictionary(static p => p.GetProperty("name").GetString()!, static p => p.GetProperty("instructions").GetInt32()));
        Assert.Contains(shown.GetProperty("maps").EnumerateArray(), static m => m.GetProperty("name").GetString() == "counts" && m.GetProperty("maxEntries").GetInt32() == 10240);
        Assert.Contains("counts", Bpf.Succeed("inspect", file), StringComparison.Ordinal);
    }

    [ToolFact("clang-19", "bpftool")]
    public void InspectShowsTypesAsBpftoolDoesAndWhatIsAskedOfTheKernel()
    {
        using TemporaryFolder folder = new();
        string file = ClangObjects.Compile(folder, Program);
        JsonElement shown = Bpf.Json("inspect", file)[0];
        string[] kinds = [.. Regex.Matches(Tools.Run("bpftool", "btf", "dump", "file", file), @"^\[\d+\] (\w+) ", RegexOptions.Multiline).Select(static m => m.Groups[1].Value)];
        Assert.Equal(kinds.Length, shown.GetProperty("types").GetInt32());
        foreach ((string ours, string theirs) in ((string, string)[])[("struct", "STRUCT"), ("int", "INT"), ("function", "FUNC"), ("pointer", "PTR")])
            Assert.Equal(kinds.Count(k => k == theirs), shown.GetProperty("typesByKind").GetProperty(ours).GetInt32());
        // As the source reads and asks.
        Assert.Equal(
            [("struct sample.second", "FieldByteOffset"), ("struct sample___new.third", "FieldByteOffset"), ("struct sample___new.third", "FieldExists")],
            shown.GetProperty("core").EnumerateArray().Select(static c => (c.GetProperty("asked").GetString()!, c.GetProperty("kind").GetString()!)).Order());
        Assert.Contains("struct sample.second", Bpf.Succeed("inspect", file), StringComparison.Ordinal);
        Assert.Contains("CO-RE FieldExists of struct sample___new.third", Bpf.Succeed("disasm", file), StringComparison.Ordinal);
    }

    [ToolFact("clang-19", "llvm-objdump-19")]
    public void DisassemblyHasTheSourceThatObjdumpShows()
    {
        using TemporaryFolder folder = new();
        string file = ClangObjects.Compile(folder, ClangObjects.Everything);
        string[] expected = [.. Regex.Matches(Tools.Run("llvm-objdump-19", "-dl", "--no-show-raw-insn", "--disassemble-symbols=count", file), @"^; \S+\.c:(\d+)$", RegexOptions.Multiline).Select(static m => m.Groups[1].Value)];
        string[] shown = [.. Regex.Matches(Bpf.Succeed("disasm", file, "-p", "count"), @"^; .* @ .*:(\d+)\r?$", RegexOptions.Multiline).Select(static m => m.Groups[1].Value)];
        Assert.NotEmpty(expected);
        // Objdump has them from DWARF, where the function's own line may be its second; all others of ours are there.
        Assert.Subset(expected.ToHashSet(), shown.Skip(1).ToHashSet());
    }

    [ToolFact("bpftool", "llvm-objcopy-19")]
    public void ExportedObjectsAreWhatOtherToolsRead()
    {
        using TemporaryFolder folder = new();
        string file = Bpf.Succeed("export", Bpf.Sample, "-o", folder.Path).Trim();
        Assert.Equal("SyscallCounter.bpf.o", Path.GetFileName(file));
        Assert.Contains("DATASEC '.maps'", Tools.Run("bpftool", "btf", "dump", "file", file), StringComparison.Ordinal);
        Assert.Equal(Bpf.Json("inspect", Bpf.Sample)[0].GetProperty("programs").ToString(), Bpf.Json("inspect", file)[0].GetProperty("programs").ToString());
    }

    [ToolFact("clang-19")]
    public void CheckTellsWhatIsMissingWhere()
    {
        using TemporaryFolder folder = new();
        string file = ClangObjects.Compile(folder, Program);
        string both = Kernel(folder, "both", "struct sample { long pad; int second, third; } a;");
        string old = Kernel(folder, "old", "struct sample { int second; } a;");
        string bad = Kernel(folder, "bad", "struct sample { int third; } a;");
        Assert.Equal(0, Bpf.Run("check", file, "--btf", both, old).ExitCode);
        (int exitCode, string output, string error) = Bpf.Run("check", file, "--btf", both, "--btf", bad, "--json");
        Assert.Equal(1, exitCode);
        Assert.Contains("sample.second", error, StringComparison.Ordinal);
        Assert.DoesNotContain("third", error, StringComparison.Ordinal);
        JsonElement row = JsonDocument.Parse(output).RootElement.EnumerateArray().First(static r => r.GetProperty("asked").GetString() == "struct sample.second");
        Assert.Equal(("8", "MISSING"), (Text(row, both), Text(row, bad)));
        // What is guarded is no error.
        Assert.Contains("missing, guarded", Bpf.Succeed("check", file, "--btf", old), StringComparison.Ordinal);

        static string Text(JsonElement row, string kernel) => row.GetProperty("kernels").GetProperty(kernel).GetProperty("text").GetString()!;
    }

    [ToolFact("clang-19")]
    public void CheckFollowsTheBranchesOnExistenceChecks()
    {
        using TemporaryFolder folder = new();
        // A member of one struct tells whether another's is there, and one is read on neither side of its own check.
        string file = ClangObjects.Compile(folder, """
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            #include <bpf/bpf_core_read.h>
            struct sample { int first; } __attribute__((preserve_access_index));
            struct other { int second, third; } __attribute__((preserve_access_index));
            SEC("raw_tp/sys_enter") int f(void *ctx)
            {
                struct sample *s = (void *)bpf_get_current_task();
                struct other *o = (void *)s;
                int value = 0;
                if (bpf_core_field_exists(s->first)) value += BPF_CORE_READ(o, second);
                if (!bpf_core_field_exists(o->third)) value += BPF_CORE_READ(o, third);
                bpf_printk("%d", value);
                return 0;
            }
            """);
        string all = Kernel(folder, "all", "struct sample { int first; } a; struct other { int second, third; } b;");
        string none = Kernel(folder, "none", "struct sample { int x; } a; struct other { int third; } b;");
        string some = Kernel(folder, "some", "struct sample { int first; } a; struct other { int third; } b;");
        string unread = Kernel(folder, "unread", "struct sample { int first; } a; struct other { int second; } b;");
        Bpf.Succeed("check", file, "--btf", all, none);
        Assert.Contains("other.second", Bpf.Run("check", file, "--btf", some).Error, StringComparison.Ordinal);
        (int exitCode, _, string error) = Bpf.Run("check", file, "--btf", unread);
        Assert.Equal(1, exitCode);
        Assert.Contains("other.third", error, StringComparison.Ordinal);
        Assert.DoesNotContain("second", error, StringComparison.Ordinal);
    }

    [ToolFact("clang-19")]
    public void PointersThatTheKernelTagsAreThoseOfUserSpace()
    {
        using TemporaryFolder folder = new();
        // As the kernel defines __user where the compiler has it.
        const string members = "struct other %user *passed; char %user *text; void %user *any; char %user * %user *all; char *own; struct other *mine;";
        string Types(string user) => "struct other { int x; }; struct sample { " + members.Replace("%user", user, StringComparison.Ordinal) + " } a; struct other b;";
        string tagged = Kernel(folder, "tagged", Types("__attribute__((btf_type_tag(\"user\")))")), untagged = Kernel(folder, "untagged", Types(""));
        // One kernel in which they are tagged is enough: those that gcc has built say nothing.
        foreach (string[] kernels in new[] { ["--btf", tagged], new[] { "--btf", tagged, "--btf", untagged } })
        {
            string source = Bpf.Succeed(["types", "sample", "other", .. kernels]);
            foreach (string line in (string[])["UserPointer<other> passed", "UserPointer<byte> text", "UserPointer any", "KernelPointer<byte> own", "other mine"])
                Assert.Contains($"[KernelMember(Kind = KernelMemberKind.Pointer)] public {line} => ", source, StringComparison.Ordinal);
        }
        Assert.Contains("public UserPointer<UserPointer<byte>> all => ", Bpf.Succeed("types", "sample", "other", "--btf", tagged), StringComparison.Ordinal);
    }

    [ToolFact("clang-19")]
    public void TypesAreWrittenAsSource()
    {
        using TemporaryFolder folder = new();
        string btf = Kernel(folder, "types", """
            enum state { RUNNING, WAITING = 5 };
            struct other { int x; };
            struct nf_conn { unsigned mark, timeout; };
            struct sample {
                char comm[16]; struct sample *next; struct other inside; struct other *elsewhere; void *any; enum state state;
                union { int a; long b; }; unsigned flag : 3; int event; struct { short y; } named;
                struct sample **all, *some[2]; struct nf_conn many[3], *several[4];
            } a;
            typedef struct { int counter; } count_t;
            typedef union { long whole; } both_t;
            count_t c; both_t d;
            struct nf_conn e;
            """);
        string source = Bpf.Succeed("types", "sample", "state", "count_t", "both_t", "nf_conn", "--btf", btf);
        // What some program may write has a setter.
        Assert.Contains("public uint mark { get => Core.Member<uint>(); set => Core.Member(value); }\n", source, StringComparison.Ordinal);
        Assert.Contains("public uint timeout => Core.Member<uint>();\n", source, StringComparison.Ordinal);
        // What has its name only by a typedef says so: there is no struct of that name to relocate against.
        Assert.Contains("[KernelType(IsTypedef = true)]\npublic readonly ref partial struct count_t ", source, StringComparison.Ordinal);
        Assert.Contains("[KernelType(KernelTypeKind.Union, IsTypedef = true)]\npublic readonly ref partial struct both_t ", source, StringComparison.Ordinal);
        Assert.Contains("[KernelType]\npublic readonly ref partial struct sample ", source, StringComparison.Ordinal);
        foreach (string line in (string[])
        [
            "[KernelMember(Kind = KernelMemberKind.Array, Length = 16)] public KernelArray<byte> comm => Core.Member<KernelArray<byte>>();",
            "[KernelMember(Kind = KernelMemberKind.Pointer)] public sample next => Core.Member<sample>();",
            "[KernelMember(Kind = KernelMemberKind.Pointer)] public KernelPointer elsewhere => Core.Member<KernelPointer>();",
            "public state state => Core.Member<state>();", "public int a => Core.Member<int>();", "public long b => Core.Member<long>();",
            "[KernelMember(BitWidth = 3)] public uint flag => Core.Member<uint>();", "public int @event => Core.Member<int>();", "WAITING = 5,",
            // What is behind a pointer or in an array and has a handle's type is a struct; pointers to structs say so.
            "[KernelMember(Kind = KernelMemberKind.Pointer)] public KernelPointer<KernelPointer<sample>> all => Core.Member<KernelPointer<KernelPointer<sample>>>();",
            "[KernelMember(Kind = KernelMemberKind.Array, Length = 2)] public KernelArray<KernelPointer<sample>> some => Core.Member<KernelArray<KernelPointer<sample>>>();",
            "[KernelMember(Kind = KernelMemberKind.Array, Length = 3)] public KernelArray<nf_conn> many => Core.Member<KernelArray<nf_conn>>();",
            "[KernelMember(Kind = KernelMemberKind.Array, Length = 4)] public KernelArray<KernelPointer<nf_conn>> several => Core.Member<KernelArray<KernelPointer<nf_conn>>>();",
        ])
            Assert.Contains(line, source, StringComparison.Ordinal);
        Assert.DoesNotContain("inside", source, StringComparison.Ordinal);
        (int exitCode, _, string error) = Bpf.Run("types", "sampl", "--btf", btf);
        Assert.Equal(2, exitCode);
        Assert.Contains("did you mean sample", error, StringComparison.Ordinal);
    }

    /// <summary>A module's BTF goes on where the kernel's ends: ids and strings count from there. The kernel's own is clang's here, the module's two types are written by hand.</summary>
    [ToolFact("clang-19", "bpftool", "llvm-objcopy-19")]
    public void ModulesTypesAreThoseThatBpftoolShows()
    {
        using TemporaryFolder folder = new();
        string kernel = Kernel(folder, "kernel", "unsigned x; struct nothing { unsigned y; } z;");
        Tools.Run("llvm-objcopy-19", "--dump-section", $".BTF={folder.File("base")}", kernel);
        byte[] own = File.ReadAllBytes(folder.File("base"));
        string[] dump = Tools.Run("bpftool", "btf", "dump", "file", folder.File("base")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        uint number = uint.Parse(dump.First(static l => l.Contains("INT 'unsigned int'", StringComparison.Ordinal)).Split(']')[0][1..], System.Globalization.CultureInfo.InvariantCulture);
        uint strings = BitConverter.ToUInt32(own, 20);
        // struct nf_conn { unsigned : 32, mark; }: name, kind 4 with one member, size; the member's name, type and offset.
        uint[] words = [0x0001eb9f, 24, 0, 24, 24, 13, strings, 4u << 24 | 1, 8, strings + 8, number, 32];
        byte[] module = [.. words.SelectMany(BitConverter.GetBytes), .. "nf_conn\0mark\0"u8];
        File.WriteAllBytes(folder.File("module"), module);
        Assert.Contains("STRUCT 'nf_conn' size=8 vlen=1", Tools.Run("bpftool", "btf", "dump", "file", folder.File("module"), "-B", folder.File("base")), StringComparison.Ordinal);
        Assert.Contains("public uint mark { get", Bpf.Succeed("types", "nf_conn", "--btf", kernel, "--module", folder.File("module")), StringComparison.Ordinal);

        // A relocation finds it there, and only there.
        string file = ClangObjects.Compile(folder, Program.Replace("sample", "nf_conn", StringComparison.Ordinal).Replace("second", "mark", StringComparison.Ordinal));
        JsonElement row = Bpf.Json("check", file, "--btf", kernel, "--module", folder.File("module")).EnumerateArray().Single(static r => r.GetProperty("asked").GetString() == "struct nf_conn.mark");
        Assert.Equal("4", row.GetProperty("kernels").GetProperty(kernel).GetProperty("text").GetString());
        (int exitCode, _, string error) = Bpf.Run("check", file, "--btf", kernel);
        Assert.Equal(1, exitCode);
        Assert.Contains($"struct nf_conn.mark in 'f' is missing in {kernel}", error, StringComparison.Ordinal);

        File.WriteAllBytes(folder.File("module"), module[..30]);
        (exitCode, _, error) = Bpf.Run("types", "nf_conn", "--btf", kernel, "--module", folder.File("module"));
        Assert.Equal(2, exitCode);
        Assert.Contains($"{folder.File("module")}: .BTF+0x", error, StringComparison.Ordinal);
        (exitCode, _, error) = Bpf.Run("check", file, "--btf", kernel, "--module", folder.File("module"));
        Assert.Equal(2, exitCode);
        Assert.Contains("module .BTF+0x", error, StringComparison.Ordinal);
    }

    [ToolFact("clang-19")]
    public void MergedKernelsMakeTheSameAssemblyEachTime()
    {
        using TemporaryFolder folder = new();
        string old = Kernel(folder, "old", "struct sample { int gone, stays; unsigned part : 3, whole; unsigned wide : 20; } a; enum e { A, B = -1 } b;"), newer = Kernel(folder, "new", "struct sample { long stays; int added; unsigned part, whole : 5; unsigned char wide; } a; typedef struct { int counter; } count_t; count_t b; struct nf_conn { unsigned mark, timeout; } c;");
        Bpf.Succeed("kernel-types", "index", $"1.0={old}", $"2.0={newer}", "-o", folder.File("index"));
        byte[][] assemblies = [.. Enumerable.Range(0, 2).Select(i =>
        {
            Directory.CreateDirectory(folder.File($"{i}"));
            Bpf.Succeed("kernel-types", "assembly", folder.File("index"), "-o", folder.File($"{i}/Types.dll"));
            return File.ReadAllBytes(folder.File($"{i}/Types.dll"));
        })];
        Assert.Equal(assemblies[0], assemblies[1]);
        string documentation = File.ReadAllText(folder.File("0/Types.xml"));
        Assert.Contains("P:BpfSharp.Kernel.sample.gone\"><summary>Only in Linux 1.0.", documentation, StringComparison.Ordinal);
        Assert.Contains("P:BpfSharp.Kernel.sample.added\"><summary>Only in Linux 2.0.", documentation, StringComparison.Ordinal);
        Assert.DoesNotContain("sample.stays", documentation, StringComparison.Ordinal);

        // .NET reads it: a later kernel says what type a member has.
        System.Reflection.Assembly loaded = System.Reflection.Assembly.Load(assemblies[0]);
        Type sample = loaded.GetType("BpfSharp.Kernel.sample")!;
        Assert.True(sample.IsByRefLike);
        Assert.Equal(typeof(long), sample.GetProperty("stays")!.PropertyType);
        Assert.False(sample.GetProperty("stays")!.CanWrite);
        // What is a bit field in one of them is read as one in all: its width says no more, and fits the type that the member has now.
        Assert.Equal([3, 5, 8, null], ((string[])["part", "whole", "wide", "stays"]).Select(name => sample.GetProperty(name)!.GetCustomAttributesData()
            .SelectMany(static a => a.NamedArguments).FirstOrDefault(static a => a.MemberName == "BitWidth").TypedValue.Value));
        Type connection = loaded.GetType("BpfSharp.Kernel.nf_conn")!;
        Assert.Equal((true, false), (connection.GetProperty("mark")!.CanWrite, connection.GetProperty("timeout")!.CanWrite));
        Assert.Equal(typeof(uint), Assert.Single(connection.GetMethod("set_mark")!.GetParameters()).ParameterType);
        Assert.Equal(-1, (int)Enum.Parse(loaded.GetType("BpfSharp.Kernel.e")!, "B"));
        foreach ((string name, int arguments) in (ReadOnlySpan<(string, int)>)[("sample", 0), ("count_t", 1)])
        {
            System.Reflection.CustomAttributeData attribute = loaded.GetType("BpfSharp.Kernel." + name)!.GetCustomAttributesData().Single(static a => a.AttributeType.Name == "KernelTypeAttribute");
            Assert.Equal(arguments, attribute.NamedArguments.Count(static a => a is { MemberName: "IsTypedef", TypedValue.Value: true }));
        }
    }

    [Theory]
    [InlineData("no such file", "inspect", "/nowhere.o")]
    [InlineData("neither an ELF object nor an assembly", "inspect", "/etc/passwd")]
    [InlineData("no program or function 'nothing'", "disasm", "SAMPLE", "-p", "nothing")]
    [InlineData("there is no file /nowhere", "check", "SAMPLE", "--btf", "/nowhere")]
    [InlineData("there is no file /nowhere", "types", "task_struct", "--btf", "/nowhere")]
    [InlineData("there is no file /nowhere", "check", "SAMPLE", "--btf", "SAMPLE", "--module", "/nowhere")]
    [InlineData("modules belong to one kernel", "check", "SAMPLE", "--btf", "SAMPLE", "--btf", "SAMPLE", "--module", "SAMPLE")]
    public void MistakesAreNamed(string message, params string[] arguments)
    {
        (int exitCode, _, string error) = Bpf.Run([.. arguments.Select(static a => a == "SAMPLE" ? Bpf.Sample : a)]);
        Assert.Equal(2, exitCode);
        Assert.Contains(message.Replace("no such file", "there is no file", StringComparison.Ordinal), error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [ToolFact("clang-19")]
    public void MalformedFilesAreNamedWithSectionAndOffset()
    {
        using TemporaryFolder folder = new();
        byte[] good = File.ReadAllBytes(Bpf.Succeed("export", Bpf.Sample, "-o", folder.Path).Trim());
        string relocated = ClangObjects.Compile(folder, Program), cut = folder.File("cut.o"), assembly = folder.File("cut.dll"), types = folder.File("types"), none = folder.File("none.o");
        File.WriteAllBytes(cut, good[..300]);
        File.WriteAllBytes(assembly, File.ReadAllBytes(Bpf.Sample)[..1500]);
        File.WriteAllBytes(types, [0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        // The name of the section, in the table of names.
        byte[] other = [.. good];
        other[other.AsSpan().IndexOf(".BTF\0"u8) + 1] = (byte)'X';
        File.WriteAllBytes(none, other);
        foreach ((string file, string place, string[] arguments) in ((string, string, string[])[])
        [
            (cut, "ELF header+0x28: ", ["inspect", cut]), (cut, "ELF header+0x28: ", ["disasm", cut]), (cut, "ELF header+0x28: ", ["check", cut, "--btf", cut]),
            (assembly, "no assembly", ["inspect", assembly]), (assembly, "no assembly", ["export", assembly]),
            (types, ".BTF+0x8: ", ["check", relocated, "--btf", types]), (types, ".BTF+0x18: ", ["types", "task_struct", "--btf", types]),
            (none, "ELF header+0x0: ", ["types", "task_struct", "--btf", none]), (none, "ELF header+0x0: ", ["check", relocated, "--btf", none]),
        ])
        {
            (int exitCode, _, string error) = Bpf.Run(arguments);
            Assert.Equal(2, exitCode);
            Assert.StartsWith($"dotnet bpf: {file}", error, StringComparison.Ordinal);
            Assert.Contains(place, error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd().Split('\n'));
        }
    }

    [RootToolFact("bpftool")]
    public void FeaturesAreThoseThatBpftoolFinds()
    {
        using JsonDocument tool = JsonDocument.Parse(Tools.Run("bpftool", "-j", "feature", "probe", "kernel"));
        JsonElement types = tool.RootElement.GetProperty("program_types"), shown = Bpf.Json("features").GetProperty("programs");
        foreach ((string ours, string theirs) in ((string, string)[])
            [("Xdp", "have_xdp_prog_type"), ("Kprobe", "have_kprobe_prog_type"), ("SkLookup", "have_sk_lookup_prog_type"), ("LircMode2", "have_lirc_mode2_prog_type"), ("Tracepoint", "have_tracepoint_prog_type")])
            Assert.Equal(types.GetProperty(theirs).GetBoolean(), shown.GetProperty(ours).GetString() == "yes");
    }

    private static string Kernel(TemporaryFolder folder, string name, string source)
    {
        File.WriteAllText(folder.File(name + ".c"), source);
        Tools.Run("clang-19", "-g", "-O2", "-target", "bpf", "-c", folder.File(name + ".c"), "-o", folder.File(name));
        return folder.File(name);
    }

    [GeneratedRegex(@"^\s*\d+: [0-9a-f]+\s+(\d+) FUNC\s+\S+\s+\S+\s+\d+ (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Function();
}
