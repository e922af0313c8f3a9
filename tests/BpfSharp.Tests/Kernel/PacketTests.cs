using System.Net;
using BpfSharp.Kernel;

namespace BpfSharp.Tests.Kernel;

/// <summary>Headers and the cursor over a packet whose bytes are written out here.</summary>
public sealed class PacketTests
{
    // 192.168.1.2:50000 to 93.184.216.34:443, SYN, with 4 bytes of IP options.
    private static readonly byte[] s_packet = Convert.FromHexString(
        "001122334455" + "66778899AABB" + "0800" +
        "46000030BEEF400040060000" + "C0A80102" + "5DB8D822" + "01010101" +
        "C350" + "01BB" + "11223344" + "00000000" + "5002" + "FFFF" + "0000" + "0000");

    [Fact]
    public void HeadersAreReadInOrder()
    {
        PacketCursor packet = new XdpContext(s_packet).Packet;
        Assert.True(packet.TryRead(out Ref<EthernetHeader> ethernet));
        Assert.True(ethernet.Value.EtherType == EtherType.IPv4);
        Assert.Equal("00:11:22:33:44:55", ethernet.Value.Destination.ToString());
        Assert.True(packet.TryPeek(out Ref<IPv4Header> ip));
        Assert.Equal(4, ip.Value.Version);
        Assert.Equal(24, ip.Value.HeaderLength);
        Assert.Equal(48, ip.Value.TotalLength.Value);
        Assert.Equal(0xBEEF, (ushort)ip.Value.Identification);
        Assert.Equal(IpProtocol.Tcp, ip.Value.Protocol);
        Assert.Equal(64, ip.Value.TimeToLive);
        Assert.Equal(IPAddress.Parse("192.168.1.2"), ip.Value.Source.ToIPAddress());
        Assert.True(ip.Value.Destination == new IPv4Address(93, 184, 216, 34));
        Assert.True(packet.TrySkip((uint)ip.Value.HeaderLength));
        Assert.True(packet.TryRead(out Ref<TcpHeader> tcp));
        Assert.Equal(50000, tcp.Value.SourcePort.Value);
        Assert.True(tcp.Value.DestinationPort == 443);
        Assert.Equal(0x11223344u, tcp.Value.SequenceNumber.Value);
        Assert.Equal(20, tcp.Value.HeaderLength);
        Assert.True(tcp.Value.Syn);
        Assert.False(tcp.Value.Ack | tcp.Value.Fin | tcp.Value.Rst);
        Assert.Equal(0u, packet.Remaining);
    }

    [Fact]
    public void NothingIsReadBehindTheEnd()
    {
        PacketCursor packet = new XdpContext(s_packet.AsSpan(0, 33)).Packet;
        Assert.True(packet.TryRead(out Ref<EthernetHeader> _));
        Assert.False(packet.TryRead(out Ref<IPv4Header> ip));
        Assert.False(ip.HasValue);
        Assert.Equal(19u, packet.Remaining);
        Assert.False(packet.TrySkip(20));
        Assert.True(packet.TrySkip(19));
        Assert.False(packet.TryRead(out Ref<byte> _));
    }

    [Fact]
    public void WritesReachThePacket()
    {
        byte[] bytes = [.. s_packet];
        PacketCursor packet = new TcContext(bytes).Packet;
        packet.TryRead(out Ref<EthernetHeader> ethernet);
        ethernet.Value.EtherType = EtherType.IPv6;
        Assert.Equal([0x86, 0xDD], bytes[12..14]);
    }

    [Fact]
    public void BigEndianIsWhatTheNetworkHas()
    {
        BigEndian<uint> number = 0x01020304;
        Assert.Equal((uint)IPAddress.HostToNetworkOrder(0x01020304), number.Raw);
        Assert.Equal(0x01020304u, (uint)number);
        BigEndian<byte> single = 7;
        Assert.Equal(7, single.Raw);
    }

    [Fact]
    public void AddressesConvertAndCompare()
    {
        IPv6Address address = IPv6Address.Parse("2001:db8::1");
        Assert.Equal(IPAddress.Parse("2001:db8::1"), address.ToIPAddress());
        Assert.True(address == IPv6Address.FromIPAddress(IPAddress.Parse("2001:db8:0::1")));
        Assert.True(address != IPv6Address.Parse("2001:db8::2"));
        Assert.Throws<FormatException>(() => IPv4Address.Parse("::1"));
        Assert.Equal("127.0.0.1", new IPv4Address(127, 0, 0, 1).ToString());
    }

    [Fact]
    public void HeadersHaveTheirSizesOnTheWire()
    {
        Assert.Equal(14, Size<EthernetHeader>());
        Assert.Equal(4, Size<VlanHeader>());
        Assert.Equal(20, Size<IPv4Header>());
        Assert.Equal(40, Size<IPv6Header>());
        Assert.Equal(20, Size<TcpHeader>());
        Assert.Equal(8, Size<UdpHeader>());
        Assert.Equal(8, Size<IcmpHeader>());
        Assert.Equal(8, Size<LpmKey<IPv4Address>>());
        Assert.Equal(20, Size<LpmKey<IPv6Address>>());
        Assert.Equal(64, Size<SysEnter>());
        Assert.Equal(24, Size<SysExit>());
    }

    private static int Size<T>() => System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
}
