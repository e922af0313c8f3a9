using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// Processors, by their numbers, on which packets go on to the network stack (<c>BPF_MAP_TYPE_CPUMAP</c>, kernel 4.15; with a program per processor, as these
/// have, 5.9, and in generic XDP 5.15). User space sets the length of each processor's queue through <see cref="BpfRedirectMap"/>; such a program is one of
/// <see cref="BpfHook.XdpCpuMap"/>.
/// </summary>
[KernelMapType(MapType.CpuMap, View = "BpfRedirectMap", KeySize = sizeof(uint), ValueSize = 2 * sizeof(uint))]
public sealed class CpuMap : RedirectMap
{
    /// <summary>Makes an empty map in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">How many processors there are at most.</param>
    public CpuMap(uint maxEntries)
        : base(maxEntries, isArray: true)
    {
    }
}
