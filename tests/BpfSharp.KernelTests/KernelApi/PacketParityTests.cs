using System.Buffers.Binary;
using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>The same packets through the same methods, in .NET and in the kernel: equal results, packets and maps.</summary>
public sealed class PacketParityTests : IDisposable
{
    private const int Packets = 400;
    private readonly Random _random = new(20);

    public PacketParityTests() => Clear();

    public void Dispose() => Clear();

    [KernelFact]
    public void MapsAndResults()
    {
        using PacketPrograms programs = PacketPrograms.Load();
        foreach ((string network, uint length, uint action) in new[] { ("10.0.0.0", 8u, 1u), ("10.128.0.0", 9u, 3u), ("10.1.0.0", 16u, 2u), ("0.0.0.0", 1u, 7u) })
        {
            var key = new LpmKey<IPv4Address>(length, IPv4Address.Parse(network));
            PacketPrograms.Routes.Set(key, action);
            programs.Maps.Routes.Set(key, action);
        }

        for (int i = 0; i < Packets; i++)
        {
            byte[] packet = NextPacket();
            uint kernel = programs.Programs.Route.TestRun(packet).ReturnValue;
            Assert.Equal(PacketPrograms.Route(new XdpContext(packet)), (XdpAction)kernel);
        }

        for (int i = 0; i < 256; i++) Assert.Equal(PacketPrograms.Protocols[(uint)i], programs.Maps.Protocols[i]);
        Assert.NotEmpty(PacketPrograms.Bytes);
        Assert.Equal(
            PacketPrograms.Bytes.Select(pair => (pair.Key.ToString(), pair.Value)).Order(),
            programs.Maps.Bytes.Select(pair => (pair.Key.ToString(), pair.Value)).Order());
    }

    [KernelFact]
    public void VariableHeaders()
    {
        using PacketPrograms programs = PacketPrograms.Load();
        HashSet<XdpAction> seen = [];
        for (int i = 0; i < Packets * 5; i++)
        {
            byte[] packet = NextPacket();
            var kernel = (XdpAction)programs.Programs.Ports.TestRun(packet).ReturnValue;
            Assert.True(PacketPrograms.Ports(new XdpContext(packet)) == kernel, $"{kernel} for {Convert.ToHexString(packet)}");
            seen.Add(kernel);
        }

        // The packets reach every return.
        Assert.Equal([XdpAction.Aborted, XdpAction.Drop, XdpAction.Pass, XdpAction.Tx], seen.Order());
    }

    [KernelFact]
    public void ChangedPackets()
    {
        using PacketPrograms programs = PacketPrograms.Load();
        for (int i = 0; i < Packets; i++)
        {
            byte[] packet = NextPacket();
            byte[] output = new byte[packet.Length];
            uint kernel = programs.Programs.Reflect.TestRun(packet, output, [], out int length).ReturnValue;
            Assert.Equal(PacketPrograms.Reflect(new XdpContext(packet)), (XdpAction)kernel);
            Assert.Equal(packet.Length, length);
            Assert.Equal(packet, output);
        }
    }

    private static void Clear()
    {
        PacketPrograms.Routes.Clear();
        PacketPrograms.Protocols.Clear();
        PacketPrograms.Bytes.Clear();
    }

    /// <summary>A packet of random bytes whose decisive fields have likely values, cut off anywhere.</summary>
    private byte[] NextPacket()
    {
        byte[] packet = new byte[_random.Next(14, 100)];
        _random.NextBytes(packet);
        bool vlan = _random.Next(4) == 0;
        int ip = vlan ? 18 : 14;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), vlan ? (ushort)0x8100 : (ushort)0x0800);
        Put(packet, 14, vlan ? (byte)0 : packet[^1]);
        if (vlan) Put(packet, 15, (byte)_random.Next(3));
        Put(packet, ip - 2, 8);
        Put(packet, ip - 1, (byte)(_random.Next(8) == 0 ? 6 : 0));
        Put(packet, ip, (byte)(0x40 | (_random.Next(3) == 0 ? _random.Next(16) : 5)));
        Put(packet, ip + 8, (byte)_random.Next(3));
        Put(packet, ip + 9, (byte)(_random.Next(3) == 0 ? 17 : 6));
        Put(packet, ip + 12, 192);
        Put(packet, ip + 16, (byte)_random.Next(9, 12));
        Put(packet, ip + 22, (byte)_random.Next(8));
        Put(packet, ip + 33, (byte)(_random.Next(2) == 0 ? 2 : 18));
        return packet;
    }

    private static void Put(byte[] packet, int index, byte value)
    {
        if (index < packet.Length) packet[index] = value;
    }
}
