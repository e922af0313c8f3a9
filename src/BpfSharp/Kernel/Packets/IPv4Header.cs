using System.Runtime.InteropServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>The fixed part of an IPv4 header, 20 bytes (<c>struct iphdr</c>). Options follow it up to <see cref="HeaderLength"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IPv4Header
{
    /// <summary>Version in the upper and header length in 32-bit words in the lower half.</summary>
    public byte VersionAndHeaderLength;

    /// <summary>Differentiated services and congestion notification.</summary>
    public byte TypeOfService;

    /// <summary>Bytes of header and payload.</summary>
    public BigEndian<ushort> TotalLength;

    /// <summary>Identifies the fragments of one packet.</summary>
    public BigEndian<ushort> Identification;

    /// <summary>Flags in the upper 3 bits, fragment offset in 8-byte units in the lower 13.</summary>
    public BigEndian<ushort> FlagsAndFragmentOffset;

    /// <summary>How many more hops the packet may take.</summary>
    public byte TimeToLive;

    /// <summary>What the packet carries.</summary>
    public IpProtocol Protocol;

    /// <summary>The header's checksum.</summary>
    public BigEndian<ushort> Checksum;

    /// <summary>The sender.</summary>
    public IPv4Address Source;

    /// <summary>The receiver.</summary>
    public IPv4Address Destination;

    /// <summary>The version, 4.</summary>
    [KernelBits(nameof(VersionAndHeaderLength), 4, 4)]
    public readonly int Version => VersionAndHeaderLength >> 4;

    /// <summary>Bytes of the header with its options, from 20 to 60 if the packet is sound.</summary>
    [KernelBits(nameof(VersionAndHeaderLength), 0, 4, Scale = 4)]
    public readonly int HeaderLength => (VersionAndHeaderLength & 0xF) * 4;
}
