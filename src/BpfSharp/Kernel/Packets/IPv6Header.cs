using System.Runtime.InteropServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>The fixed part of an IPv6 header, 40 bytes (<c>struct ipv6hdr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IPv6Header
{
    /// <summary>Version, traffic class and flow label.</summary>
    public BigEndian<uint> VersionClassFlow;

    /// <summary>Bytes behind this header.</summary>
    public BigEndian<ushort> PayloadLength;

    /// <summary>What follows this header.</summary>
    public IpProtocol NextHeader;

    /// <summary>How many more hops the packet may take.</summary>
    public byte HopLimit;

    /// <summary>The sender.</summary>
    public IPv6Address Source;

    /// <summary>The receiver.</summary>
    public IPv6Address Destination;

    /// <summary>The version, 6.</summary>
    [KernelBits(nameof(VersionClassFlow), 28, 4)]
    public readonly int Version => (int)(VersionClassFlow.Value >> 28);

    /// <summary>The traffic class.</summary>
    [KernelBits(nameof(VersionClassFlow), 20, 8)]
    public readonly int TrafficClass => (int)(VersionClassFlow.Value >> 20) & 0xFF;
}
