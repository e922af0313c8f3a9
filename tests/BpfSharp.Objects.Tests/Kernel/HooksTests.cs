using BpfSharp.Objects.Kernel;

namespace BpfSharp.Objects.Tests.Kernel;

public class HooksTests
{
    [Fact]
    public void FaultResultsAreAllowedResults() =>
        Assert.All(Hooks.All, h => Assert.True(h.Results is not { } range || range.Contains(h.FaultResult), h.Prefix));

    [Fact]
    public void NoHookIsOlderThanItsProgramType() =>
        Assert.All(Hooks.All, h => Assert.True(h.Since >= ProgramTypes.Since(h.ProgramType), h.Prefix));

    [Fact]
    public void SleepableHooksFollowTheirSuffix() =>
        Assert.All(Hooks.All, h => Assert.Equal(h.IsSleepable, h.Prefix.EndsWith(".s", StringComparison.Ordinal) || h.Prefix == "syscall"));

    [Fact]
    public void ReturnHooksHaveAnEntryHook()
    {
        foreach (Hook hook in Hooks.All.Where(h => h.Prefix.StartsWith("kret") || h.Prefix.StartsWith("uret")))
        {
            Hook entry = Hooks.Find(hook.Prefix.Remove(1, 3))!;
            Assert.Equal((entry.ProgramType, entry.AttachType, entry.Since), (hook.ProgramType, hook.AttachType, hook.Since));
            Assert.True((hook.Flags & HookFlags.Return) != 0 && (entry.Flags & HookFlags.Return) == 0);
        }
    }

    [Theory]
    [InlineData("tracepoint/raw_syscalls/sys_enter", "tracepoint", "raw_syscalls/sys_enter", true)]
    [InlineData("?kprobe/do_unlinkat", "kprobe", "do_unlinkat", false)]
    [InlineData("kprobe", "kprobe", "", true)]
    [InlineData("xdp", "xdp", "", true)]
    [InlineData("xdp/devmap", "xdp/devmap", "", true)]
    [InlineData("uprobe.multi.s//bin/sh:main", "uprobe.multi.s", "/bin/sh:main", true)]
    [InlineData("cgroup/connect4", "cgroup/connect4", "", true)]
    [InlineData("tcx/ingress", "tcx/ingress", "", true)]
    [InlineData("iter.s/task", "iter.s", "task", true)]
    public void SectionsAreReadAsLibbpfReadsThem(string section, string prefix, string target, bool isAutoloaded)
    {
        HookSection? found = Hooks.FromSection(section);
        Assert.NotNull(found);
        Assert.Equal((prefix, target, isAutoloaded), (found.Value.Hook.Prefix, found.Value.Target, found.Value.IsAutoloaded));
    }

    [Theory]
    [InlineData(".text")]
    [InlineData("")]
    [InlineData("?")]
    [InlineData("xdp/foo")]
    [InlineData("tc_ingress")]
    [InlineData("kprobes/x")]
    [InlineData("cgroup/none")]
    public void OtherSectionsAreNoHooks(string section) => Assert.Null(Hooks.FromSection(section));

    [UapiFact]
    public void EnumsHaveTheKernelsValues()
    {
        Check<ProgramType>("bpf_prog_type", "BPF_PROG_TYPE_", ("EXT", "EXTENSION"), ("UNSPEC", "UNSPECIFIED"));
        Check<AttachType>("bpf_attach_type", "BPF_");
        Check<MapType>(
            "bpf_map_type", "BPF_MAP_TYPE_", ("UNSPEC", "UNSPECIFIED"), ("PROGARRAY", "PROGRAMARRAY"), ("RINGBUF", "RINGBUFFER"),
            ("USERRINGBUF", "USERRINGBUFFER"), ("CGRPSTORAGE", "CGROUPSTORAGE"), ("CGROUPSTORAGE", "CGROUPSTORAGEDEPRECATED"));

        static void Check<T>(string name, string prefix, params (string Kernel, string Ours)[] others) where T : struct, Enum
        {
            Dictionary<string, int> kernel = UapiHeader.Enum(name);
            Assert.NotEmpty(kernel);
            foreach ((string constant, int value) in kernel.Where(k => !k.Key.StartsWith('_')))
            {
                string plain = UapiHeader.Plain(constant[prefix.Length..]);
                string expected = others.FirstOrDefault(o => o.Kernel == plain).Ours ?? plain;
                Assert.Equal(expected, UapiHeader.Plain(((T)Enum.ToObject(typeof(T), (uint)value)).ToString()));
            }
        }
    }

    [Fact]
    public void EveryTypeHasAVersion()
    {
        KernelVersion last = default;
        foreach (ProgramType type in Enum.GetValues<ProgramType>().Where(t => t != ProgramType.Unspecified))
        {
            Assert.True(ProgramTypes.Since(type) >= last, $"{type}");
            last = ProgramTypes.Since(type);
        }
        last = default;
        foreach (MapType type in Enum.GetValues<MapType>().Where(t => t != MapType.Unspecified))
        {
            Assert.True(MapTypes.Since(type) >= last, $"{type}");
            last = MapTypes.Since(type);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => ProgramTypes.Since(ProgramType.Unspecified));
        Assert.Throws<ArgumentOutOfRangeException>(() => MapTypes.Since((MapType)1000));
        Assert.Equal(new KernelVersion(5, 8), MapTypes.Since(MapType.RingBuffer));
        Assert.Equal(new KernelVersion(5, 16), MapTypes.Since(MapType.BloomFilter));
    }
}
