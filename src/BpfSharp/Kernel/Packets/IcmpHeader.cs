using System.Runtime.InteropServices;

namespace BpfSharp.Kernel;

/// <summary>The fixed part of an ICMP header, 8 bytes (<c>struct icmphdr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IcmpHeader
{
    /// <summary>The message's type, e.g. 8 for an echo request.</summary>
    public byte Type;

    /// <summary>More on the type.</summary>
    public byte Code;

    /// <summary>The checksum over the message.</summary>
    public BigEndian<ushort> Checksum;

    /// <summary>An echo's identifier.</summary>
    public BigEndian<ushort> Identifier;

    /// <summary>An echo's sequence number.</summary>
    public BigEndian<ushort> SequenceNumber;
}
