using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp.Tests.Errors;

public class HintTests
{
    private static ulong Bit(Capability capability) => 1UL << (int)capability;

    [Fact]
    public void NoCapabilityNamesTheFirstOneAndTheSetting()
    {
        string hint = ErrorHints.Privilege(new Capabilities(0), "2", "none");
        Assert.StartsWith("CAP_BPF is missing", hint, StringComparison.Ordinal);
        Assert.Contains("unprivileged_bpf_disabled", hint, StringComparison.Ordinal);
        Assert.DoesNotContain("unprivileged_bpf_disabled", ErrorHints.Privilege(new Capabilities(0), "0", "none"), StringComparison.Ordinal);
    }

    [Fact]
    public void TracingNeedsPerfmon() =>
        Assert.StartsWith("CAP_PERFMON may be missing", ErrorHints.Privilege(new(Bit(Capability.Bpf) | Bit(Capability.NetAdmin)), "2", "none"), StringComparison.Ordinal);

    [Fact]
    public void WithAllCapabilitiesLockdownIsNamed() =>
        Assert.Contains("lockdown is at 'confidentiality'", ErrorHints.Privilege(new(ulong.MaxValue), "2", "confidentiality"), StringComparison.Ordinal);

    [Theory]
    [InlineData((int)Errno.ENOSYS, "CONFIG_BPF_SYSCALL")]
    [InlineData((int)Errno.EMFILE, "ulimit")]
    [InlineData(-(int)Errno.ENOMEM, "memory")]
    [InlineData(-(int)Errno.ENOSPC, "there is no room left")]
    [InlineData(-(int)Errno.E2BIG, "it is too large, or this kernel is too old")]
    [InlineData(-(int)Errno.EFAULT, "could not read or write memory")]
    [InlineData(-(int)Errno.ENOTSUPP, "this kernel does not support it")]
    [InlineData(-(int)Errno.EOPNOTSUPP, "this kernel or this device does not support it")]
    public void MessageSaysWhatWasDoneTheErrorAndWhatToDo(int error, string hint)
    {
        BpfException e = BpfError.Create(error, "create map 'counts'");
        Assert.StartsWith($"cannot create map 'counts': {e.ErrorName} ({e.ErrorNumber}): ", e.Message, StringComparison.Ordinal);
        Assert.Contains(hint, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.Equal(Math.Abs(error), e.ErrorNumber);
    }

    [Fact]
    public void UnknownErrorNumbersAreShown() => Assert.Contains("(4000)", BpfError.Create(4000, "do it").Message, StringComparison.Ordinal);
}
