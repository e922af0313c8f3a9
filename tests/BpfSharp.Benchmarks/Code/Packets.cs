using System.Buffers.Binary;

namespace BpfSharp.Benchmarks.Code;

/// <summary>The packets that both sides get: whole ones of each protocol, cut ones, odd ones.</summary>
internal static class Packets
{
    /// <summary>A TCP segment with the SYN flag, from 10.0.0.1 to port 80.</summary>
    public static byte[] Syn => IPv4(6, Tcp(0x02));

    /// <summary>A UDP datagram from 10.0.0.1 to port 53.</summary>
    public static byte[] Udp => IPv4(17, [0x12, 0x34, 0, 53, 0, 16, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);

    /// <summary>All packets, and each of them cut at several lengths.</summary>
    public static List<byte[]> All()
    {
        byte[] echo = [8, 0, 0, 0, 0, 0, 0, 0];
        List<byte[]> whole =
        [
            Syn, Udp,
            IPv4(6, Tcp(0x10)), IPv4(6, Tcp(0x12)), IPv4(6, Tcp(0x02, headerWords: 4)), IPv4(1, echo), IPv4(50, echo),
            IPv4(6, Tcp(0x02), headerWords: 6), IPv4(6, Tcp(0x02), headerWords: 4), IPv4(17, [0, 1, 0, 53, 0, 7, 0, 0]),
            IPv4(6, Tcp(0x02), fragment: 0x00b9), IPv4(17, [0, 1, 0, 53, 0, 8, 0, 0], source: 0xc0a80105),
            IPv6(6, Tcp(0x02)), IPv6(17, [0, 1, 0, 53, 0, 8, 0, 0]), IPv6(58, echo), IPv6(59, []),
            Ethernet(0x0806, new byte[28]), Ethernet(0x88cc, new byte[20]),
            Ethernet(0x8100, [0, 5, .. IPv4(6, Tcp(0x02))[12..]]), Ethernet(0x88a8, [0, 5, .. IPv6(17, [0, 1, 0, 53, 0, 8, 0, 0])[12..]]), Ethernet(0x8100, [0]),
        ];
        List<byte[]> all = [.. whole];
        foreach (byte[] packet in whole)
        {
            foreach (int length in (int[])[14, 18, 33, 34, 41, 42, 53, 54, 61])
            {
                if (length < packet.Length) all.Add(packet[..length]);
            }
        }
        return all;
    }

    private static byte[] Ethernet(int type, byte[] payload) =>
        [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, (byte)(type >> 8), (byte)type, .. payload];

    private static byte[] IPv4(byte protocol, byte[] payload, int headerWords = 5, int fragment = 0, uint source = 0x0a000001)
    {
        byte[] header = new byte[Math.Max(headerWords * 4, 20)];
        header[0] = (byte)(0x40 | headerWords);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(header.Length + payload.Length));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), (ushort)fragment);
        (header[8], header[9]) = (64, protocol);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(12), source);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(16), 0x0a000002);
        return Ethernet(0x0800, [.. header, .. payload]);
    }

    private static byte[] IPv6(byte next, byte[] payload)
    {
        byte[] header = new byte[40];
        (header[0], header[6], header[7], header[23], header[39]) = (0x60, next, 64, 1, 2);
        return Ethernet(0x86dd, [.. header, .. payload]);
    }

    private static byte[] Tcp(byte flags, int headerWords = 5) =>
        [0x12, 0x34, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, (byte)(headerWords << 4), flags, 0x20, 0, 0, 0, 0, 0];
}
