using System.Runtime.InteropServices;

namespace BpfSharp.Kernel;

/// <summary>Where packets of IPv4 come from and go to (<c>struct bpf_sock_tuple</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IPv4Flow
{
    /// <summary>The sender's address.</summary>
    public IPv4Address Source;

    /// <summary>The receiver's address.</summary>
    public IPv4Address Destination;

    /// <summary>The sender's port.</summary>
    public BigEndian<ushort> SourcePort;

    /// <summary>The receiver's port.</summary>
    public BigEndian<ushort> DestinationPort;
}
