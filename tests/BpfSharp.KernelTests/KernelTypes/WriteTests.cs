using System.Globalization;
using System.Net;
using BpfSharp.Kernel;
using BpfSharp.KernelTests.Runtime;

namespace BpfSharp.KernelTests.KernelTypes;

/// <summary>Writes to the kernel's own structs, seen where the kernel shows them.</summary>
public sealed class WriteTests
{
    private const int InputOutputError = 5;

    [KernelFact(Needs = KernelNeeds.RawTracepoints)]
    public void ATestFailsWithTheErrorThatWasWritten()
    {
        using BpfObject tested = CodeBuilder.Open([new CodeBuilder().Return(2).Function("p", "socket")]).Load();
        OnOneThread(thread =>
        {
            using TestResults results = TestResults.Open(o => (o.Constants.Thread, o.Constants.Error) = (thread, -InputOutputError)).Load();
            using (results.AttachAll())
            {
                // -5, - 2, + 1, and + 1 behind the last read.
                BpfException error = Assert.Throws<BpfException>(() => tested.Program("p").TestRun(new byte[64]));
                Assert.Equal(InputOutputError, error.ErrorNumber);
            }

            Assert.Equal((0, -InputOutputError - 1), (results.Globals.Before, results.Globals.After));
            Assert.NotEqual(0ul, results.Globals.Address);
            Assert.Equal(2u, tested.Program("p").TestRun(new byte[64]).ReturnValue);
        });
    }

    [KernelFact(Needs = KernelNeeds.RawTracepoints | KernelNeeds.BtfVmlinux)]
    public void MoreThanATracepointPassesIsRefusedWhenItIsAttached()
    {
        using LargeResults results = LargeResults.Load();
        BpfException error = Assert.Throws<BpfException>(() => results.AttachAll());
        Assert.Contains("bpf_test_finish", error.Message, StringComparison.Ordinal);
    }

    [KernelFact(Minimum = "6.1", Needs = KernelNeeds.NetworkNamespaces | KernelNeeds.ConnectionTracking)]
    public void AConnectionGetsItsMark()
    {
        using BpfObject entries = NewEntries();
        using ConnectionMarks marks = ConnectionMarks.Open(o => o.Globals.Flow = new IPv4Flow
        {
            Source = IPv4Address.Parse("10.1.2.3"),
            Destination = IPv4Address.Parse("10.4.5.6"),
            SourcePort = 1111,
            DestinationPort = 2222,
        }).Load();
        NetworkNamespace.RunInTemporary(() =>
        {
            byte[] packet = new byte[64];
            Assert.Equal((uint)TcAction.Shot, marks.Programs.InTrafficControl.TestRun(packet).ReturnValue);
            Assert.Equal(0u, entries.Program("add").TestRun(packet).ReturnValue);
            Assert.Equal(0u, Mark());
            Assert.Equal((uint)TcAction.Ok, marks.Programs.InTrafficControl.TestRun(packet).ReturnValue);
            Assert.Equal((0u, 42u, 42u), (marks.Globals.Before, marks.Globals.After, Mark()));
            Assert.NotEqual(0u, marks.Globals.Timeout);
            // What it holds no more is a fault.
            Assert.Equal((uint)XdpAction.Aborted, marks.Programs.AtTheDriver.TestRun(packet).ReturnValue);
            Assert.Equal(142u, Mark());
            Assert.Equal((uint)TcAction.Ok, marks.Programs.OfTheNewInternet.TestRun(packet).ReturnValue);
        });
    }

    /// <summary>The mark of the one connection, as the kernel prints it.</summary>
    private static uint Mark()
    {
        string line = Assert.Single(File.ReadAllLines("/proc/thread-self/net/nf_conntrack"), static l => l.Contains("src=10.1.2.3 dst=10.4.5.6 sport=1111 dport=2222", StringComparison.Ordinal));
        string mark = line.Split(' ').Single(static w => w.StartsWith("mark=", StringComparison.Ordinal));
        return uint.Parse(mark["mark=".Length..], CultureInfo.InvariantCulture);
    }

    /// <summary>A program that tells the kernel of a connection: UDP from 10.1.2.3:1111 to 10.4.5.6:2222. Its calls go to functions of a module, which the loader finds.</summary>
    private static BpfObject NewEntries()
    {
        const int NotAdded = 2, Tuple = -16, Options = -32, Udp = 17;
        CodeBuilder code = new CodeBuilder()
            .Move(2, BitConverter.ToInt32(IPAddress.Parse("10.1.2.3").GetAddressBytes())).Store32(10, Tuple, 2)
            .Move(2, BitConverter.ToInt32(IPAddress.Parse("10.4.5.6").GetAddressBytes())).Store32(10, Tuple + 4, 2)
            .Move(2, BitConverter.ToInt32([1111 >> 8, 1111 & 255, 2222 >> 8, 2222 & 255])).Store32(10, Tuple + 8, 2)
            .Move(2, -1).Store32(10, Options, 2).Move(2, 0).Store32(10, Options + 4, 2).Move(2, Udp).Store32(10, Options + 8, 2)
            .MoveRegister(2, 10).AddImmediate(2, Tuple).Move(3, 12).MoveRegister(4, 10).AddImmediate(4, Options).Move(5, 12)
            .CallKernelFunction("bpf_skb_ct_alloc").JumpIfNotEqual(0, 0, 2).Return(1)
            .MoveRegister(6, 0).MoveRegister(1, 6).Move(2, 60_000).CallKernelFunction("bpf_ct_set_timeout")
            .MoveRegister(1, 6).CallKernelFunction("bpf_ct_insert_entry").JumpIfNotEqual(0, 0, 2).Return(NotAdded)
            .MoveRegister(1, 0).CallKernelFunction("bpf_ct_release").Return(0);
        return CodeBuilder.Open([code.Function("add", "tc")]).Load();
    }

    /// <summary>Runs on a thread that nothing else uses.</summary>
    private static void OnOneThread(Action<uint> action) => NetworkNamespace.RunInTemporary(() => action(uint.Parse(File.ReadAllText("/proc/thread-self/stat").Split(' ')[0], CultureInfo.InvariantCulture)));
}
