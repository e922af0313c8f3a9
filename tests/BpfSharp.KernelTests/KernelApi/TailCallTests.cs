using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Tail calls, in .NET and in the kernel.</summary>
public sealed class TailCallTests : IDisposable
{
    public TailCallTests() => Clear();

    public void Dispose() => Clear();

    [KernelFact]
    public void GoOnAsTheProgramInTheTable()
    {
        using TailCallPrograms programs = TailCallPrograms.Load();
        // Empty, filled, filled twice, and no index at all; a long packet goes on from 1 to 0.
        foreach ((byte stage, int size, XdpAction action) in ((byte, int, XdpAction)[])
            [(0, 64, XdpAction.Pass), (1, 64, XdpAction.Tx), (1, 65, XdpAction.Pass), (2, 64, XdpAction.Drop), (3, 65, XdpAction.Pass), (4, 64, XdpAction.Drop), (255, 64, XdpAction.Drop)])
        {
            byte[] packet = new byte[size];
            packet[0] = stage;
            Assert.Equal(action, Run(programs.Programs.Start, packet));
            Assert.Equal(action, TailCallPrograms.Start(new XdpContext(packet)));
        }

        Assert.Equal((3ul + 5 + 256, 303ul), (programs.Globals.Missing, programs.Globals.Seen));
        Assert.Equal((TailCallPrograms.missing, TailCallPrograms.seen), (programs.Globals.Missing, programs.Globals.Seen));
    }

    [KernelFact]
    public void UserSpaceChangesTheTable()
    {
        using TailCallPrograms programs = TailCallPrograms.Load();
        Assert.Equal(programs.Programs.Pass.Info.Id, programs.Maps.Stages.ProgramId(0));
        Assert.Equal(0u, programs.Maps.Stages.ProgramId(2));
        byte[] packet = new byte[64];
        packet[0] = 2;
        Assert.Equal(XdpAction.Drop, Run(programs.Programs.Start, packet));
        programs.Maps.Stages.Set(2, programs.Programs.Pass);
        TailCallPrograms.Stages.Set<XdpContext, XdpAction>(2, TailCallPrograms.Pass);
        Assert.Equal(XdpAction.Pass, Run(programs.Programs.Start, packet));
        Assert.Equal(XdpAction.Pass, TailCallPrograms.Start(new XdpContext(packet)));
        Assert.True(programs.Maps.Stages.Remove(2));
        Assert.True(TailCallPrograms.Stages.Remove(2));
        Assert.Equal(XdpAction.Drop, Run(programs.Programs.Start, packet));
        Assert.Equal(XdpAction.Drop, TailCallPrograms.Start(new XdpContext(packet)));
    }

    [KernelFact]
    public void EndAtTheKernelsLimit()
    {
        using TailCallPrograms programs = TailCallPrograms.Load();
        Assert.Equal(XdpAction.Pass, Run(programs.Programs.Again, new byte[64]));
        Assert.Equal(XdpAction.Pass, TailCallPrograms.Again(new XdpContext(new byte[64])));
        Assert.Equal((ProgramArray.MaxCalls + 1) * 10_000ul, programs.Globals.Seen);
        Assert.Equal(TailCallPrograms.seen, programs.Globals.Seen);
    }

    [KernelFact(Needs = KernelNeeds.Bpffs)]
    public void LibbpfFillsTheTable()
    {
        using KernelSandbox sandbox = new();
        string pins = sandbox.MountBpffs(), file = Path.Combine(sandbox.TemporaryFolder, "tail.bpf.o");
        File.WriteAllBytes(file, TailCallPrograms.Image);
        Command.Run("bpftool", "prog", "loadall", file, Path.Combine(pins, "programs"), "pinmaps", Path.Combine(pins, "maps"));
        using BpfMap map = BpfMap.OpenPinned(Path.Combine(pins, "maps", "Stages"));
        BpfProgramArray stages = new(map);
        Assert.Equal([Id("Pass"), Id("Forward"), 0u, Id("Forward")], Enumerable.Range(0, 4).Select(stages.ProgramId));

        uint Id(string program) => uint.Parse(Command.Run("bpftool", "prog", "show", "pinned", Path.Combine(pins, "programs", program)).Split(':')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static XdpAction Run(BpfProgram program, byte[] packet) => (XdpAction)program.TestRun(packet, new byte[256], [], out _).ReturnValue;

    private static void Clear() => (TailCallPrograms.missing, TailCallPrograms.seen) = (0, 0);
}
