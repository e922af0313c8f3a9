using System.Runtime.InteropServices;
using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Arenas: the same in the kernel and in .NET, shared with user space.</summary>
public sealed class ArenaTests : IDisposable
{
    // 40960 bytes of elements of 4072.
    private const int Elements = 10;

    public ArenaTests() => Clear();

    public void Dispose() => Clear();

    [KernelFact(Minimum = "6.10")]
    public void AsInDotNet()
    {
        byte[] packet = new byte[64];
        new Random(1).NextBytes(packet);
        // A socket filter gets what is behind the Ethernet header.
        byte[] data = packet[14..];
        using ArenaPrograms programs = ArenaPrograms.Load();
        BpfArena<ArenaPrograms.Node> nodes = programs.Maps.Nodes;
        Assert.Equal(Elements, nodes.Count);
        Fill(nodes.AsSpan());
        Fill(Managed());
        foreach ((uint index, uint at, int delta) in ((uint, uint, int)[])[(0, 0, 5), (9, 999, -70_000), (3, 500, int.MaxValue), (9, 998, int.MinValue), (0, 1, 0)])
        {
            (programs.Globals.Index, programs.Globals.At, programs.Globals.Delta) = (ArenaPrograms.index, ArenaPrograms.at, ArenaPrograms.delta) = (index, at, delta);
            Assert.Equal(ArenaPrograms.Touch(new SocketFilterContext(data)), Run(programs.Programs.Touch, packet));
            Assert.Equal(ArenaPrograms.Walk(new SocketFilterContext(data)), Run(programs.Programs.Walk, packet));
            Assert.Equal(ArenaPrograms.TouchFar(new SocketFilterContext(data)), Run(programs.Programs.TouchFar, packet));
            (programs.Globals.Index, programs.Globals.At) = (ArenaPrograms.index, ArenaPrograms.at) = (index, at % Elements);
            Assert.Equal(ArenaPrograms.CopyOver(new SocketFilterContext(data)), Run(programs.Programs.CopyOver, packet));
        }

        Assert.Equal((ArenaPrograms.sum, ArenaPrograms.steps), (programs.Globals.Sum, programs.Globals.Steps));
        Assert.True(ArenaPrograms.steps > 100);
        Assert.True(MemoryMarshal.AsBytes(Managed()).SequenceEqual(MemoryMarshal.AsBytes(nodes.AsSpan())));
        Assert.Equal(1, programs.Maps.Seen.Count());
    }

    [KernelFact(Minimum = "6.10")]
    public void BeyondTheEndIsAFault()
    {
        using ArenaPrograms programs = ArenaPrograms.Load();
        programs.Globals.Index = Elements - 1;
        programs.Maps.Nodes[Elements - 1].Next = Elements;
        Assert.Equal(Elements, Run(programs.Programs.Walk, new byte[64]));
        Assert.Equal(1u, programs.Globals.Steps);
        foreach (uint index in (uint[])[Elements, uint.MaxValue, 1u << 20])
        {
            programs.Globals.Index = ArenaPrograms.index = index;
            Assert.Equal(0, Run(programs.Programs.Touch, new byte[64]));
            Assert.Throws<IndexOutOfRangeException>(() => ArenaPrograms.Touch(new SocketFilterContext(new byte[64])));
        }

        Assert.Equal(3ul, programs.Programs.Touch.Faults);
        Assert.Throws<ArgumentOutOfRangeException>(() => programs.Maps.Nodes[Elements].Hits);
        Assert.Throws<ArgumentOutOfRangeException>(() => programs.Maps.Nodes[-1].Hits);
    }

    [KernelFact(Minimum = "6.10")]
    public void EveryPageIsThereFromTheStart()
    {
        using ArenaPrograms programs = ArenaPrograms.Load();
        // User space has touched none of them when the program writes.
        for (uint i = 0; i < Elements; i++)
        {
            (programs.Globals.Index, programs.Globals.At) = (i, i);
            Run(programs.Programs.Touch, new byte[64]);
        }

        Assert.Equal(Enumerable.Repeat(1ul, Elements), programs.Maps.Nodes.Select(static n => n.Hits));
        Assert.Equal(Enumerable.Repeat(7u, Elements), Enumerable.Range(0, Elements).Select(i => programs.Maps.Nodes[i].Rest[i]));
    }

    [KernelFact(Minimum = "6.10")]
    public void CapacityCanBeRaisedOnly()
    {
        using (ArenaPrograms programs = ArenaPrograms.Open(o => o.Maps.Nodes.MaxEntries = 20).Load()) Assert.Equal(20, programs.Maps.Nodes.Count);
        Assert.Contains("10 pages", Assert.Throws<BpfException>(() => ArenaPrograms.Open(o => o.Maps.Nodes.MaxEntries = 9).Load()).Message, StringComparison.Ordinal);
    }

    [KernelFact(Minimum = "6.10")]
    public void PinnedArenaIsUsedAgain()
    {
        using KernelSandbox sandbox = new();
        string pin = Path.Combine(sandbox.MountBpffs(), "nodes");
        using (ArenaPrograms programs = ArenaPrograms.Open(o => o.Maps.Nodes.PinPath = pin).Load())
        {
            Run(programs.Programs.Touch, new byte[64]);
        }

        using ArenaPrograms again = ArenaPrograms.Open(o => o.Maps.Nodes.PinPath = pin).Load();
        Run(again.Programs.Touch, new byte[64]);
        Assert.Equal(2ul, again.Maps.Nodes[0].Hits);
    }

    private static Span<ArenaPrograms.Node> Managed() => MemoryMarshal.CreateSpan(ref ArenaPrograms.Nodes[0], Elements);

    private static void Fill(Span<ArenaPrograms.Node> nodes)
    {
        new Random(2).NextBytes(MemoryMarshal.AsBytes(nodes));
        // A list through all of them, and then out.
        for (int i = 0; i < nodes.Length; i++) nodes[i].Next = (uint)((i * 3) + 1) % (Elements + 1);
    }

    private static int Run(BpfProgram program, byte[] packet) => (int)program.TestRun(packet).ReturnValue;

    private static void Clear()
    {
        ArenaPrograms.Nodes.Clear();
        ArenaPrograms.Seen.Clear();
        (ArenaPrograms.index, ArenaPrograms.at, ArenaPrograms.delta, ArenaPrograms.sum, ArenaPrograms.steps) = (0, 0, 0, 0, 0);
        KernelSimulation.Current = new KernelSimulation();
    }
}
