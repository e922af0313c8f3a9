using BpfSharp.Errors;
using BpfSharp.Loading;
using BpfSharp.Objects.Kernel;
using BpfSharp.Programs;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>
/// A program in the kernel. Operations may be called from any thread; <see cref="Dispose"/> must not run at the same time as one.
/// A link keeps its program alive, so disposing a program does not detach it.
/// </summary>
public sealed unsafe partial class BpfProgram : IDisposable
{
    private readonly BpfHandle _handle;

    /// <summary>Takes ownership of a program's descriptor.</summary>
    internal BpfProgram(BpfHandle handle, BpfProgramSettings settings, string log)
    {
        _handle = handle;
        Settings = settings;
        (Name, Type, ExpectedAttachType, Target) = (settings.Name, settings.Type, settings.ExpectedAttachType, settings.Target);
        VerifierLog = log;
    }

    /// <summary>The name in the object.</summary>
    public string Name { get; }

    /// <summary>The program type.</summary>
    public ProgramType Type { get; }

    /// <summary>The expected attach type, null if it was loaded without one.</summary>
    public AttachType? ExpectedAttachType { get; }

    /// <summary>What <see cref="Attach"/> attaches to, e.g. <c>raw_syscalls/sys_enter</c>; empty if the section names nothing.</summary>
    public string Target { get; }

    /// <summary>What the verifier wrote, if <see cref="BpfLoadOptions.LogLevel"/> asked for it.</summary>
    public string VerifierLog { get; }

    /// <summary>
    /// How often a fault (an index out of range, a division by zero, …) ended it, on all processors together. It is counted where the object's class
    /// says so: <c>[BpfObject(CountFaults = true)]</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException">Faults are not counted.</exception>
    public ulong Faults => FaultCounter?.Invoke()
        ?? throw new InvalidOperationException($"{What} does not count its faults; declare its class with [BpfObject(CountFaults = true)]");

    /// <summary>Reads the counter of faults, null if there is none.</summary>
    internal Func<ulong>? FaultCounter { get; init; }

    /// <summary>Where it finds what is known of static probes' arguments; null if it reads none.</summary>
    internal BpfMap? UsdtPlaces { get; init; }

    /// <summary>The descriptor, for system calls of one's own. It stays owned by the program.</summary>
    public System.Runtime.InteropServices.SafeHandle Handle => _handle;

    /// <summary>The settings it was loaded with.</summary>
    internal BpfProgramSettings Settings { get; }

    /// <summary>The descriptor's number.</summary>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    internal int Fd => _handle.Fd;

    /// <summary>How errors call it.</summary>
    internal string What => $"program '{Name}'";

    /// <summary>Makes the program visible under a path of a bpf file system, so that it outlives this process.</summary>
    /// <exception cref="BpfException">The path is not in a bpf file system, or exists.</exception>
    public void Pin(string path) => Pinning.Pin(Fd, path, What);

    /// <summary>Opens a program that is pinned. The caller owns it; where to attach it is not known any more, so use the method that takes a target.</summary>
    /// <exception cref="BpfException">Nothing is pinned there, or something else than a program.</exception>
    public static BpfProgram OpenPinned(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Open(Pinning.Open(path, "a program", "bpf-prog"), System.IO.Path.GetFileName(path));
    }

    /// <summary>Opens a program by the kernel's id of it (<c>BPF_PROG_GET_FD_BY_ID</c>), e.g. another process's. The caller owns it; where to attach it is not known.</summary>
    /// <exception cref="BpfException">There is no such program, or CAP_SYS_ADMIN is missing.</exception>
    public static BpfProgram OpenById(uint id) =>
        Open(KernelIds.Open(BpfCommand.ProgramFromId, id, "program"), $"{id}");

    /// <summary>The ids of all programs in the kernel, whoever loaded them, ascending (<c>BPF_PROG_GET_NEXT_ID</c>, kernel 4.13). Each is asked for when it is reached.</summary>
    /// <exception cref="BpfException">CAP_SYS_ADMIN is missing.</exception>
    public static IEnumerable<uint> EnumerateIds() => KernelIds.All(BpfCommand.ProgramNextId, "programs", "4.13");

    /// <summary>What the kernel knows of each program in it, whoever loaded them. Those that go away during the walk are left out.</summary>
    /// <exception cref="BpfException">CAP_SYS_ADMIN is missing.</exception>
    public static IEnumerable<BpfProgramInfo> EnumerateInfos() => KernelIds.Read(EnumerateIds(), BpfCommand.ProgramFromId, "program", KernelProgramInfo.Read);

    private static BpfProgram Open(BpfHandle handle, string name)
    {
        try
        {
            BpfProgramInfo info = KernelProgramInfo.Read(handle.Fd, $"program '{name}'");
            return new BpfProgram(handle, new BpfProgramSettings(new Objects.FunctionSpec { Name = name, Section = "" }) { Type = info.Type }, "");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Keeps a map alive as long as the program, though the program does not use it (<c>BPF_PROG_BIND_MAP</c>, kernel 5.10).</summary>
    public void Bind(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        BpfError.Check(BpfSyscall.ProgramBindMap(Fd, map.Fd), $"bind {map.What} to {What}");
    }

    /// <summary>Closes the descriptor. The program lives on while it is attached, pinned or in a tail-call table.</summary>
    public void Dispose() => _handle.Dispose();
}
