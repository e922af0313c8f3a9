using BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Test runs of packet programs with a context: the program reads and writes each member at the kernel's own place of it.</summary>
public class TestRunTests
{
    private const int Loopback = 1;

    [KernelFact(Minimum = "5.14", Needs = KernelNeeds.NetworkNamespaces)]
    public void XdpProgramReadsItsContext()
    {
        // The kernel converts accesses to xdp_md, so that a wrong place would be another member: ingress_ifindex at 12, data_end - data.
        using BpfObject loaded = CodeBuilder.Open(
            [new CodeBuilder().Load32(2, 1, 0).Load32(3, 1, 4).SubtractRegister(3, 2).Load32(0, 1, 12).ShiftLeft(0, 16).AddRegister(0, 3).Exit().Function("read", "xdp")]).Load();
        byte[] packet = new byte[100];
        BpfXdpMetadata metadata = BpfXdpMetadata.ForPacket(packet);
        metadata.IngressInterface = Loopback;
        BpfTestRunResult result = loaded.Program("read").TestRun(ref metadata, packet, repeat: 3);
        Assert.Equal((Loopback << 16) + 100u, result.ReturnValue);
        Assert.Equal((0u, 100u, 1u), (metadata.Data, metadata.DataEnd, metadata.IngressInterface));
    }

    [KernelFact(Minimum = "5.10", Needs = KernelNeeds.NetworkNamespaces)]
    public void PacketProgramChangesItsContext()
    {
        // mark = priority, priority = ifindex, cb[4] = cb[1] + 1, tstamp += 1; the result is len.
        using BpfObject loaded = CodeBuilder.Open(
        [
            new CodeBuilder().Load32(2, 1, 32).Store32(1, 8, 2).Load32(2, 1, 40).Store32(1, 32, 2)
                .Load32(2, 1, 52).AddImmediate(2, 1).Store32(1, 64, 2).Load64(2, 1, 152).AddImmediate(2, 1).Store64(1, 152, 2)
                .Load32(0, 1, 0).Exit().Function("change", "tc"),
        ]).Load();
        BpfSkBuffMetadata metadata = new() { Mark = 5, Priority = 77, Interface = Loopback, Timestamp = 1_000_000_007, WireLength = 80, GsoSegments = 2, GsoSize = 9 };
        metadata.Control[1] = 41;
        BpfTestRunResult result = loaded.Program("change").TestRun(ref metadata, new byte[60]);
        Assert.Equal(60u, result.ReturnValue);
        Assert.Equal((77u, (uint)Loopback, 41u, 42u), (metadata.Mark, metadata.Priority, metadata.Control[1], metadata.Control[4]));
        Assert.Equal((1_000_000_008ul, (uint)Loopback, 80u, 2u, 9u), (metadata.Timestamp, metadata.Interface, metadata.WireLength, metadata.GsoSegments, metadata.GsoSize));
    }

    [KernelFact(Minimum = "5.14")]
    public void XdpProgramReadsWhatLiesBeforeItsPacketAndAddsToIt()
    {
        // Four bytes more before the packet; the result is the word that was there first: data_meta is at 8, and the number is behind the new room.
        using BpfObject loaded = CodeBuilder.Open(
        [
            new CodeBuilder().MoveRegister(6, 1).Move(2, -4).Helper(54).Load32(2, 6, 8).Load32(3, 6, 0).MoveRegister(4, 2).AddImmediate(4, 12).JumpGreater(4, 3, 2)
                .Load32(0, 2, 4).Exit().Return(7).Function("meta", "xdp"),
        ]).Load();
        byte[] packet = new byte[8 + 100];
        BitConverter.TryWriteBytes(packet, 0x12345678);
        BpfXdpMetadata metadata = BpfXdpMetadata.ForPacket(packet);
        metadata.Data = 8;
        Assert.Equal(0x12345678u, loaded.Program("meta").TestRun(ref metadata, packet).ReturnValue);
        Assert.Equal((12u, 112u, 0u), (metadata.Data, metadata.DataEnd, metadata.DataMeta));
    }

    [KernelFact]
    public void MemberThatATestRunDoesNotHaveIsSaid()
    {
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Return(2).Function("pass", "xdp"), new CodeBuilder().Return(0).Function("accept", "tc")]).Load();
        byte[] packet = new byte[100];
        Refused(BpfXdpMetadata.ForPacket(packet) with { EgressInterface = Loopback }, "pass");
        Refused(BpfXdpMetadata.ForPacket(packet) with { DataMeta = 4 }, "pass");
        Refused(BpfXdpMetadata.ForPacket(packet) with { Data = 3 }, "pass");
        Refused(new BpfSkBuffMetadata { WireLength = 99 }, "accept");

        void Refused<T>(T metadata, string program) where T : unmanaged
        {
            BpfException e = Assert.Throws<BpfException>(() => loaded.Program(program).TestRun(ref metadata, packet));
            Assert.Equal("EINVAL", e.ErrorName);
            Assert.Contains("a member of the context that a test run does not take", e.Message, StringComparison.Ordinal);
        }
    }

    [KernelFact(Minimum = "5.16")]
    public void PacketProgramReadsWhereItsPacketCameFrom()
    {
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Load32(0, 1, 36).Exit().Function("read", "tc")]).Load();
        BpfSkBuffMetadata metadata = new() { IngressInterface = 1234 };
        Assert.Equal((1234u, 1234u), (loaded.Program("read").TestRun(ref metadata, new byte[60]).ReturnValue, metadata.IngressInterface));
    }

    [KernelFact(Minimum = "5.16")]
    public void PacketProgramReadsTheTimeOfTheHardware()
    {
        // tstamp = hwtstamp: 64 bits of it.
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Load64(2, 1, 184).Store64(1, 152, 2).Return(0).Function("read", "tc")]).Load();
        const ulong Time = 0x1122334455667788;
        BpfSkBuffMetadata metadata = new() { Timestamp = 1, HardwareTimestamp = Time };
        loaded.Program("read").TestRun(ref metadata, new byte[60]);
        Assert.Equal((Time, Time), (metadata.Timestamp, metadata.HardwareTimestamp));
    }

    [KernelFact(Minimum = "5.14")]
    public void SyscallProgramAnswersInItsContext()
    {
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Load64(2, 1, 0).AddImmediate(2, 5).Store64(1, 8, 2).Return(3).Function("answer", "syscall")]).Load();
        (long Question, long Answer) context = (37, 0);
        Assert.Equal(3u, loaded.Program("answer").TestRun(ref context).ReturnValue);
        Assert.Equal((37, 42), context);
    }

    [KernelFact(Minimum = "5.10", Needs = KernelNeeds.RawTracepoints)]
    public void RawTracepointProgramReadsItsArguments()
    {
        using BpfObject loaded = CodeBuilder.Open([new CodeBuilder().Load64(0, 1, 0).Load64(2, 1, 8).AddRegister(0, 2).Exit().Function("add", "raw_tp/sys_enter")]).Load();
        (ulong First, ulong Second) arguments = (40, 2);
        Assert.Equal(42u, loaded.Program("add").TestRun(ref arguments).ReturnValue);
    }
}
