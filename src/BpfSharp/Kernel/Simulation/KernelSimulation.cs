using System.Diagnostics;
using System.Text;

namespace BpfSharp.Kernel;

/// <summary>
/// What programs see of the kernel when they run as ordinary .NET methods: the current task, the clock, the processor. A test sets it;
/// until then it is this process and the machine's clock.
/// </summary>
public sealed class KernelSimulation
{
    private static readonly AsyncLocal<KernelSimulation?> s_current = new();
    private readonly StringBuilder _trace = new();
    private readonly SortedDictionary<ulong, byte[]> _userMemory = [];

    /// <summary>The one that <see cref="Bpf"/> reads in the current asynchronous flow.</summary>
    public static KernelSimulation Current
    {
        get => s_current.Value ??= new KernelSimulation();
        set => s_current.Value = value;
    }

    /// <summary>The process that runs, which the kernel calls thread group id.</summary>
    public uint ProcessId { get; set; } = (uint)Environment.ProcessId;

    /// <summary>The thread that runs, which the kernel calls pid.</summary>
    public uint ThreadId { get; set; } = (uint)Environment.ProcessId;

    /// <summary>The user that runs.</summary>
    public uint UserId { get; set; }

    /// <summary>The group that runs.</summary>
    public uint GroupId { get; set; }

    /// <summary>The name of the task that runs; the kernel keeps 15 bytes of it.</summary>
    public string Command { get; set; } = "dotnet";

    /// <summary>The clock: nanoseconds since the machine was started.</summary>
    public Func<ulong> Clock { get; set; } = static () => (ulong)(Stopwatch.GetTimestamp() * (1_000_000_000.0 / Stopwatch.Frequency));

    /// <summary>The processor that runs the program.</summary>
    public uint ProcessorId { get; set; }

    /// <summary>The source of random numbers.</summary>
    public Func<uint> Random { get; set; } = static () => (uint)System.Random.Shared.NextInt64(1L << 32);

    /// <summary>What programs wrote with <see cref="Bpf.Print(ref PrintHandler)"/>, one line per call.</summary>
    public string Trace => _trace.ToString();

    /// <summary>The kernel's call stack, innermost address first.</summary>
    public ulong[] KernelStack { get; set; } = [];

    /// <summary>The process's call stack, innermost address first.</summary>
    public ulong[] UserStack { get; set; } = [];

    /// <summary>Where the last redirect of a packet leads to: interfaces, queue lengths of CPUs, sockets, as they were put into the map.</summary>
    public uint[] RedirectTargets { get; set; } = [];

    /// <summary>Puts bytes into the process's memory, which <see cref="Bpf.ReadUserString"/> and <see cref="Bpf.TryReadUser{T}"/> read. Everything else cannot be read.</summary>
    public void SetUserMemory(ulong address, ReadOnlySpan<byte> bytes) => _userMemory[address] = bytes.ToArray();

    /// <summary>The process's memory from an address on; empty if there is none.</summary>
    internal ReadOnlySpan<byte> UserMemory(ulong address)
    {
        foreach ((ulong start, byte[] bytes) in _userMemory)
            if (address >= start && address - start < (ulong)bytes.Length) return bytes.AsSpan((int)(address - start));
        return [];
    }

    /// <summary>Calls the callbacks of all <see cref="BpfTimer"/>s that ran out by <see cref="Clock"/>, in their order.</summary>
    /// <returns>How many.</returns>
    public int RunTimers() => Timers.Run(Clock());

    internal SimulatedTimers Timers { get; } = new();

    internal void Write(string line) => _trace.Append(line).Append('\n');
}
