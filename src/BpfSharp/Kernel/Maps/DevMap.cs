using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// Network interfaces by index, to which XDP programs send packets (<c>BPF_MAP_TYPE_DEVMAP</c>, kernel 4.14; with a program per
/// interface, as these have, 5.8, and in generic XDP 5.15). User space sets them through <see cref="BpfRedirectMap"/>; such a program is one of <see cref="BpfHook.XdpDevMap"/>.
/// </summary>
[KernelMapType(MapType.DevMap, View = "BpfRedirectMap", KeySize = sizeof(uint), ValueSize = 2 * sizeof(uint))]
public sealed class DevMap : InterfaceMap
{
    /// <summary>Makes an empty map in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">How many indices there are.</param>
    public DevMap(uint maxEntries)
        : base(maxEntries, isArray: true)
    {
    }
}

/// <summary>As <see cref="DevMap"/>, under keys of any value, such as the interfaces' own indices (<c>BPF_MAP_TYPE_DEVMAP_HASH</c>, kernel 5.4; with programs 5.8, and in generic XDP 5.15).</summary>
[KernelMapType(MapType.DevMapHash, View = "BpfRedirectMap", KeySize = sizeof(uint), ValueSize = 2 * sizeof(uint))]
public sealed class DevMapHash : InterfaceMap
{
    /// <summary>Makes an empty map in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">The capacity in entries.</param>
    public DevMapHash(uint maxEntries)
        : base(maxEntries, isArray: false)
    {
    }
}
