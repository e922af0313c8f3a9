using System.Runtime.InteropServices;

namespace BpfSharp;

/// <summary>
/// The context of an XDP program for a test run (<c>struct xdp_md</c>): <c>program.TestRun(ref metadata, packet)</c> (kernel 5.14). Positions are bytes from the
/// start of the packet; <see cref="ForPacket"/> sets them as the kernel wants them.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct BpfXdpMetadata
{
    /// <summary><c>data</c>: where the packet begins behind the metadata, a multiple of 4 up to 255.</summary>
    public uint Data;

    /// <summary><c>data_end</c>: how long packet and metadata are.</summary>
    public uint DataEnd;

    /// <summary><c>data_meta</c>: where the metadata begins, 0.</summary>
    public uint DataMeta;

    /// <summary><c>ingress_ifindex</c>: the interface that the packet came in by, 0 for the loopback interface.</summary>
    public uint IngressInterface;

    /// <summary><c>rx_queue_index</c>: the interface's queue, of which it must have so many.</summary>
    public uint ReceiveQueue;

    /// <summary><c>egress_ifindex</c>: 0, as test runs do not have it.</summary>
    public uint EgressInterface;

    /// <summary>The context of a packet without metadata.</summary>
    public static BpfXdpMetadata ForPacket(ReadOnlySpan<byte> packet) => new() { DataEnd = (uint)packet.Length };
}
