using System.Runtime.InteropServices;

namespace BpfSharp.Kernel;

/// <summary>A UDP header, 8 bytes (<c>struct udphdr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct UdpHeader
{
    /// <summary>The sender's port.</summary>
    public BigEndian<ushort> SourcePort;

    /// <summary>The receiver's port.</summary>
    public BigEndian<ushort> DestinationPort;

    /// <summary>Bytes of header and payload.</summary>
    public BigEndian<ushort> Length;

    /// <summary>The checksum over header and payload, 0 if there is none.</summary>
    public BigEndian<ushort> Checksum;
}
