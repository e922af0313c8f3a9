using System.Runtime.InteropServices;

namespace BpfSharp.Kernel;

/// <summary>Where packets of IPv6 come from and go to (<c>struct bpf_sock_tuple</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IPv6Flow
{
    /// <summary>The sender's address.</summary>
    public IPv6Address Source;

    /// <summary>The receiver's address.</summary>
    public IPv6Address Destination;

    /// <summary>The sender's port.</summary>
    public BigEndian<ushort> SourcePort;

    /// <summary>The receiver's port.</summary>
    public BigEndian<ushort> DestinationPort;
}
