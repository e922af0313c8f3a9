using System.Runtime.InteropServices;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>
/// Where XDP programs redirect packets to: interfaces (<c>BPF_MAP_TYPE_DEVMAP</c>, <c>DEVMAP_HASH</c>) or CPUs
/// (<c>BPF_MAP_TYPE_CPUMAP</c>), each with a program that runs there if the map's values are 8 bytes long (kernel 5.8 and 5.9).
/// </summary>
/// <remarks>Operations may be called from any thread; disposing must not run at the same time as one.</remarks>
public sealed unsafe class BpfRedirectMap : BpfMap
{
    /// <summary>Makes a typed view of a map.</summary>
    public BpfRedirectMap(BpfMap map) : base(map)
    {
        CheckKind(nameof(BpfRedirectMap), MapType.DevMap, MapType.DevMapHash, MapType.CpuMap);
        if (ValueSize is not (4 or 8)) throw new ArgumentException($"{What} has values of {ValueSize} bytes, not of 4 or 8");
    }

    /// <summary>Sets where a key leads to.</summary>
    /// <param name="key">The key; of CPU maps the CPU's number.</param>
    /// <param name="target">The interface's index in the calling thread's network namespace; of CPU maps the queue's length in packets.</param>
    /// <param name="program">The program that runs there, null for none.</param>
    /// <exception cref="ArgumentException">A program is given, but the map's values have no room for one.</exception>
    public void Set(int key, int target, BpfProgram? program = null)
    {
        if (program is not null && ValueSize == 4) throw new ArgumentException($"{What} has values of 4 bytes, which have no room for a program", nameof(program));
        Entry entry = new(target, program?.Fd ?? 0);
        Updated(BpfSyscall.MapUpdate(Fd, &key, &entry, 0), BpfUpdateMode.Any);
    }

    /// <summary>Where a key leads to.</summary>
    /// <returns>Whether it leads anywhere.</returns>
    public bool TryGetTarget(int key, out int target)
    {
        Entry entry = default;
        bool found = Found(BpfSyscall.MapLookup(Fd, &key, &entry), "look up a key in");
        target = entry.Target;
        return found;
    }

    /// <summary>Removes a key.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(int key) => Found(BpfSyscall.MapDelete(Fd, &key), "remove a key of");

    /// <summary><c>struct bpf_devmap_val</c> and <c>struct bpf_cpumap_val</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Entry(int Target, int Program);
}
