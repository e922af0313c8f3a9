using System.Runtime.InteropServices;

namespace BpfSharp.Kernel;

/// <summary>The header of an Ethernet frame, 14 bytes (<c>struct ethhdr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct EthernetHeader
{
    /// <summary>The receiver.</summary>
    public MacAddress Destination;

    /// <summary>The sender.</summary>
    public MacAddress Source;

    /// <summary>What the frame carries.</summary>
    public BigEndian<EtherType> EtherType;
}
