using BpfSharp.KernelTests.Raw;

namespace BpfSharp.KernelTests.SelfTest;

/// <summary>What the matrix has to notice; tests/matrix/runner-test.sh runs each and reads the report.</summary>
public class Misbehaving
{
    static object? s_leak;

    [SelfTestFact]
    public void Passes()
    {
        // Nothing to see: the counterpart of the others.
    }

    [SelfTestFact]
    public void Fails() => Assert.Fail("failing on purpose");

    [SelfTestFact]
    public void Hangs() => Thread.Sleep(Timeout.Infinite);

    [SelfTestFact]
    public void Crashes() => Environment.FailFast("crashing on purpose");

    [SelfTestFact]
    public void Panics()
    {
        // Never on a machine that anyone uses: the matrix's own VMs alone have this file.
        if (File.Exists("/etc/bpfsharp-kernel-matrix")) File.WriteAllText("/proc/sysrq-trigger", "c");
        Assert.Fail("the kernel survived sysrq-c, or this is no VM of the matrix");
    }

    [SelfTestFact(Minimum = "99.0")]
    public void ClaimsAMinimumThatIsTooHigh()
    {
        // Passes everywhere.
    }

    [SelfTestFact(Minimum = "99.0")]
    public void FailsBelowItsMinimum() => Assert.Fail("as it should below the minimum");

    [SelfTestFact]
    public void LeaksAMap() => s_leak = RawBpf.CreateMap(2, 4, 4, 1);

    [SelfTestFact(Skip = "skipped on purpose")]
    public void IsSkipped() => GC.KeepAlive(s_leak);
}
