using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>What some kinds of programs can do in a test run: a CPU, live frames, a checked sum.</summary>
public class TestRunOptionTests
{
    private const int CurrentCpu = 8, StoreBytes = 9, Pass = 2, Drop = 1;

    [KernelFact(Minimum = "5.10", Needs = KernelNeeds.RawTracepoints)]
    public void RawTracepointProgramRunsOnTheProcessorThatIsNamed()
    {
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Helper(CurrentCpu).Exit().Function("cpu", "raw_tp/sys_enter")]).Load();
        foreach (int cpu in PossibleCpus.Online())
            for (int i = 0; i < 20; i++) Assert.Equal((uint)cpu, loaded.Program("cpu").TestRun(options: new() { Cpu = cpu }).ReturnValue);
        BpfException e = Assert.Throws<BpfException>(() => loaded.Program("cpu").TestRun(options: new() { Cpu = 1 << 20 }));
        Assert.Equal("cannot test-run program 'cpu': ENXIO (6): CPU 1048576 is not there or does not run", e.Message);
    }

    /// <summary>A frame that passes is received by the network stack: a socket gets it.</summary>
    [KernelTheory(Minimum = "5.18", Needs = KernelNeeds.NetworkNamespaces)]
    [InlineData(0)]
    [InlineData(7)]
    public void LiveFramesThatPassReachASocket(int batch)
    {
        const int Frames = 20;
        using KernelSandbox sandbox = new();
        using BpfObject loaded = Counter(Pass).Load();
        NetworkNamespace ns = sandbox.AddNetworkNamespace();
        ns.Ip("addr", "add", "10.9.0.1/32", "dev", "lo");
        ns.Ip("route", "add", "10.9.0.2", "dev", "lo");
        ns.Run(() =>
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
            socket.Bind(new IPEndPoint(IPAddress.Any, 0));
            byte[] frame = Datagram(((IPEndPoint)socket.LocalEndPoint!).Port, 0x5eed), received = new byte[64];
            loaded.Program("count").TestRun(frame, Frames);
            Assert.Equal(0, socket.Available);
            loaded.Program("count").TestRun(frame, Frames, new() { LiveFrames = true, BatchSize = batch });
            for (int i = 0; i < Frames; i++)
            {
                Assert.Equal(4, socket.Receive(received));
                Assert.Equal(0x5eed, BinaryPrimitives.ReadInt32BigEndian(received));
            }

            Assert.Equal(0, socket.Available);
        });
        Assert.Equal(2 * Frames, loaded.ReadGlobal<long>(".bss", 0));
    }

    [KernelFact(Minimum = "5.18", Needs = KernelNeeds.NetworkNamespaces)]
    public void LiveFramesThatAreDroppedReachNobodyAndMayHaveAContext()
    {
        using KernelSandbox sandbox = new();
        using BpfObject loaded = Counter(Drop).Load();
        sandbox.AddNetworkNamespace().Run(() =>
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Any, 0));
            byte[] frame = Datagram(((IPEndPoint)socket.LocalEndPoint!).Port, 1);
            BpfXdpMetadata metadata = BpfXdpMetadata.ForPacket(frame);
            loaded.Program("count").TestRun(ref metadata, frame, 9, new() { LiveFrames = true });
            Assert.Equal(0, socket.Available);
        });
        Assert.Equal(9, loaded.ReadGlobal<long>(".bss", 0));
        BpfException e = Assert.Throws<BpfException>(() => loaded.Program("count").TestRun(new byte[64], 1, new() { LiveFrames = true, BatchSize = 257 }));
        Assert.Equal("cannot test-run program 'count': E2BIG (7): a batch has 256 frames at most, not 257", e.Message);
    }

    [KernelFact(Minimum = "6.11", InexactMinimum = "later releases of older kernels have it, too")]
    public void SumThatAProgramLeavesWrongIsSaid()
    {
        using BpfObject loaded = CodeBuilder.Open([Writer("stale", flags: 0), Writer("right", flags: 1)]).Load();
        byte[] packet = new byte[64], changed = new byte[64];
        BpfTestRunOptions options = new() { ChecksumComplete = true };
        Assert.Equal(0u, loaded.Program("right").TestRun(packet, changed, [], out _, 1, options).ReturnValue);
        Assert.Equal(0x12345678, BitConverter.ToInt32(changed, 40));
        Assert.Equal(0u, loaded.Program("stale").TestRun(packet).ReturnValue);
        BpfException e = Assert.Throws<BpfException>(() => loaded.Program("stale").TestRun(packet, options: options));
        Assert.Equal("EBADMSG", e.ErrorName);
        Assert.Contains("left its sum as it was", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Kernels before 5.18 would run an XDP program on no frame at all, and say nothing, if they were given the flag alone.</summary>
    [KernelFact]
    public void OptionThatTheKernelDoesNotHaveIsSaid()
    {
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Return(Drop).Function("xdp", "xdp"), new CodeBuilder().Return(0).Function("tc", "tc")]).Load();
        Check("xdp", new() { LiveFrames = true }, "LiveFrames (BPF_F_TEST_XDP_LIVE_FRAMES) needs Linux 5.18", new(5, 18));
        Check("tc", new() { ChecksumComplete = true }, "ChecksumComplete (BPF_F_TEST_SKB_CHECKSUM_COMPLETE) needs Linux 6.11", new(6, 11), backported: new(6, 1));

        void Check(string program, BpfTestRunOptions options, string message, KernelVersion since, KernelVersion? backported = null)
        {
            Exception? e = Record.Exception(() => loaded.Program(program).TestRun(new byte[64], options: options));
            if (ThisKernel.Version >= since) Assert.Null(e);
            else if (e is not null || ThisKernel.Version < (backported ?? since)) Assert.Contains(message, Assert.IsType<BpfException>(e).Message, StringComparison.Ordinal);
        }
    }

    [KernelFact]
    public void OptionOfOtherProgramsIsSaid()
    {
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Return(Drop).Function("xdp", "xdp"), new CodeBuilder().Return(0).Function("tc", "tc")]).Load();
        Refused("xdp", new() { Cpu = 0 }, "Cpu (BPF_F_TEST_RUN_ON_CPU) is for RawTracepoint programs, and this one is Xdp");
        Refused("xdp", new() { ChecksumComplete = true }, "and this one is Xdp");
        Refused("tc", new() { LiveFrames = true }, "LiveFrames (BPF_F_TEST_XDP_LIVE_FRAMES) is for Xdp programs, and this one is SchedCls");
        Refused("xdp", new() { BatchSize = 4 }, "BatchSize is of LiveFrames, which is not set");
        Refused("xdp", new() { LiveFrames = true, BatchSize = -1 }, "BatchSize");
        Refused("xdp", new() { Cpu = -1 }, "Cpu");

        void Refused(string program, BpfTestRunOptions options, string message) =>
            Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(() => loaded.Program(program).TestRun(new byte[64], options: options)).Message, StringComparison.Ordinal);
    }

    private static BpfOpenObject Counter(int result) => CodeBuilder.Open(
        [new CodeBuilder().LoadData(1, ".bss", 0).Move(2, 1).AtomicAdd64(1, 0, 2).Return(result).Function("count", "xdp")],
        data: [new() { Name = ".bss", Content = [.. new byte[8]], Variables = [new("count", 0, 8)] }]);

    /// <summary>Four bytes at 40.</summary>
    private static FunctionSpec Writer(string name, int flags) =>
        new CodeBuilder().Move(2, 0x12345678).Store32(10, -4, 2).Move(2, 40).MoveRegister(3, 10).AddImmediate(3, -4).Move(4, 4).Move(5, flags).Helper(StoreBytes).Exit().Function(name, "tc");

    /// <summary>A frame from 10.9.0.2 to 10.9.0.1 with four bytes.</summary>
    private static byte[] Datagram(int port, int content)
    {
        byte[] frame = new byte[14 + 20 + 8 + 4];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x0800);
        Span<byte> ip = frame.AsSpan(14), udp = ip[20..];
        (ip[0], ip[8], ip[9]) = (0x45, 64, 17);
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], 0x0a090002);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], 0x0a090001);
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        int sum = 0;
        for (int i = 0; i < 20; i += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(ip[i..]);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], (ushort)~(sum + (sum >> 16)));
        BinaryPrimitives.WriteUInt16BigEndian(udp, 9);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], (ushort)port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], 12);
        BinaryPrimitives.WriteInt32BigEndian(udp[8..], content);
        return frame;
    }
}
