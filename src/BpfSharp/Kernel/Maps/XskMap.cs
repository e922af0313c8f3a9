using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// Sockets of the family AF_XDP by index, which packets are sent to past the network stack (<c>BPF_MAP_TYPE_XSKMAP</c>, kernel 4.18). The index
/// is often <see cref="XdpContext.ReceiveQueue"/>: a socket takes packets of its own queue only. User space puts sockets in through <see cref="BpfSocketMap{TKey}"/>.
/// </summary>
[KernelMapType(MapType.XskMap, View = "BpfSocketMap<int>", KeySize = sizeof(uint), ValueSize = sizeof(uint))]
public sealed class XskMap : RedirectMap
{
    /// <summary>Makes an empty map in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">How many indices there are.</param>
    public XskMap(uint maxEntries)
        : base(maxEntries, isArray: true)
    {
    }
}
