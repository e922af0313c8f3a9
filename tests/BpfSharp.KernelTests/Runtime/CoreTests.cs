using System.Runtime.InteropServices;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>One object, compiled once, gives right answers on every kernel.</summary>
public class CoreTests
{
    [ClangFact(Minimum = "5.10", Needs = KernelNeeds.BtfVmlinux)]
    public void AnObjectOfClangReadsTheKernelItRunsOn()
    {
        using BpfObject loaded = Clang.Open("kernel_types").Load();
        using (loaded.Program("answer").Attach()) File.ReadAllBytes("/proc/self/stat");
        Answers a = loaded.Global<Answers>(".bss", 0);
        Assert.True(a.Tgid > 0);
        Assert.Equal(BpfFeatures.KernelVersion.Code, (uint)a.Version);
        // Debian's kernels do not show their configuration, and the virtual machines of the matrix have no /boot.
        bool isShown = File.Exists("/proc/config.gz") || File.Exists($"/boot/config-{File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}");
        Assert.Equal((isShown ? 1 : 0, 0), (a.HasSystemCall, a.MissingSetting));
        Assert.Equal((16, 1), (a.NameSize, a.HasName));
        Assert.Equal((0, 0), (a.HasOther, a.HasStruct));
        Assert.Equal((1, 0), (a.HasSymbol, a.HasMissingSymbol));
    }

    [ClangFact(Minimum = "5.10", Needs = KernelNeeds.BtfVmlinux)]
    public void AMissingMemberIsNamedWithItsLine()
    {
        BpfOpenObject open = Clang.Open("kernel_types");
        open.Program("answer").AutoLoad = false;
        open.Program("unguarded").AutoLoad = true;
        BpfVerifierException error = Assert.Throws<BpfVerifierException>(() => open.Load());
        Assert.Equal(BpfVerifierCause.MissingKernelType, error.Cause);
        string release = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        Assert.Contains($"'struct task_struct___other.no_such_member' is not in Linux {release}", error.Message, StringComparison.Ordinal);
        Assert.Contains("kernel_types.bpf.c:", error.Message, StringComparison.Ordinal);
    }

    [ClangFact(Minimum = "5.10", Needs = KernelNeeds.BtfVmlinux)]
    public void TheTypesOfAFileStandForTheKernels()
    {
        string copy = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(copy, File.ReadAllBytes("/sys/kernel/btf/vmlinux"));
            using (Clang.Open("kernel_types").Load(new BpfLoadOptions { KernelTypes = copy })) { }
            File.WriteAllBytes(copy, new byte[100]);
            BpfException error = Assert.Throws<BpfException>(() => Clang.Open("kernel_types").Load(new BpfLoadOptions { KernelTypes = copy }));
            Assert.Contains("magic number", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Answers
    {
        public int Tgid, Version, HasSystemCall, MissingSetting, NameSize, HasName, HasOther, HasStruct, HasSymbol, HasMissingSymbol;
    }
}
