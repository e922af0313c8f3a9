using System.Runtime.InteropServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>The fixed part of a TCP header, 20 bytes (<c>struct tcphdr</c>). Options follow it up to <see cref="HeaderLength"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TcpHeader
{
    /// <summary>The sender's port.</summary>
    public BigEndian<ushort> SourcePort;

    /// <summary>The receiver's port.</summary>
    public BigEndian<ushort> DestinationPort;

    /// <summary>The number of the first byte of payload.</summary>
    public BigEndian<uint> SequenceNumber;

    /// <summary>The number of the next byte that the sender expects.</summary>
    public BigEndian<uint> AcknowledgmentNumber;

    /// <summary>Header length in 32-bit words in the upper 4 bits, flags in the lower 8.</summary>
    public BigEndian<ushort> HeaderLengthAndFlags;

    /// <summary>How many bytes the sender takes.</summary>
    public BigEndian<ushort> Window;

    /// <summary>The checksum over header and payload.</summary>
    public BigEndian<ushort> Checksum;

    /// <summary>Where urgent data ends.</summary>
    public BigEndian<ushort> UrgentPointer;

    /// <summary>Bytes of the header with its options, from 20 to 60 if the packet is sound.</summary>
    [KernelBits(nameof(HeaderLengthAndFlags), 12, 4, Scale = 4)]
    public readonly int HeaderLength => (HeaderLengthAndFlags.Value >> 12) * 4;

    /// <summary>Whether the sender has no more data (FIN).</summary>
    [KernelBits(nameof(HeaderLengthAndFlags), 0, 1)]
    public readonly bool Fin => (HeaderLengthAndFlags.Value & 1) != 0;

    /// <summary>Whether this opens a connection (SYN).</summary>
    [KernelBits(nameof(HeaderLengthAndFlags), 1, 1)]
    public readonly bool Syn => (HeaderLengthAndFlags.Value & 2) != 0;

    /// <summary>Whether this resets the connection (RST).</summary>
    [KernelBits(nameof(HeaderLengthAndFlags), 2, 1)]
    public readonly bool Rst => (HeaderLengthAndFlags.Value & 4) != 0;

    /// <summary>Whether <see cref="AcknowledgmentNumber"/> counts (ACK).</summary>
    [KernelBits(nameof(HeaderLengthAndFlags), 4, 1)]
    public readonly bool Ack => (HeaderLengthAndFlags.Value & 16) != 0;
}
