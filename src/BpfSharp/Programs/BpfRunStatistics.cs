using BpfSharp.Errors;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>Keeps the kernel measuring every program's run count and time until it is disposed (<c>BPF_ENABLE_STATS</c>, kernel 5.8).</summary>
/// <remarks>May be made and disposed on any thread; the kernel counts while at least one is there.</remarks>
public sealed class BpfRunStatistics : IDisposable
{
    private readonly BpfHandle _handle;

    private BpfRunStatistics(BpfHandle handle) => _handle = handle;

    /// <summary>Turns the measuring on. It costs about 20 ns per run of every program on the machine.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfRunStatistics Enable() =>
        new(new BpfHandle(BpfError.Check(BpfSyscall.EnableRunStatistics(), "turn on run statistics"), "run statistics"));

    /// <summary>Turns the measuring off, unless others keep it on.</summary>
    public void Dispose() => _handle.Dispose();
}
