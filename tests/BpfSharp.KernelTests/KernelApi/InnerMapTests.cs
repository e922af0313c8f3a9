using System.Runtime.InteropServices;
using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>The same operations on maps in maps, in .NET and in the kernel: equal results and contents.</summary>
public sealed class InnerMapTests : IDisposable
{
    private readonly Random _random = new(7);

    public InnerMapTests() => Clear();

    public void Dispose() => Clear();

    [KernelFact]
    public void EveryOperation()
    {
        using InnerMapPrograms programs = InnerMapPrograms.Load();
        // Tables at 0 and 2; none at 1 and 3, and no index 4.
        using BpfMap first = programs.Maps.Tables.CreateInner(0), second = programs.Maps.Tables.CreateInner(2);
        HashMap<uint, ulong>[] managed = [new(8), new(8)];
        InnerMapPrograms.Tables.Set(0, managed[0]);
        InnerMapPrograms.Tables.Set(2, managed[1]);
        for (int i = 0; i < 2000; i++)
        {
            InnerStep step = new() { Table = (uint)_random.Next(5), Operation = (uint)_random.Next(5), Key = (uint)_random.Next(12), Value = (ulong)_random.Next(1000) };
            byte[] packet = Packet(step);
            Assert.Equal(InnerMapPrograms.Run(new XdpContext(packet)), Run(programs.Programs.Run, packet));
        }

        Assert.Equal((InnerMapPrograms.missing, InnerMapPrograms.found), (programs.Globals.Missing, programs.Globals.Found));
        Assert.InRange(programs.Globals.Missing, 1000ul, 1400ul);
        BpfHashMap<uint, ulong>[] views = [new(first), new(second)];
        for (int i = 0; i < 2; i++)
        {
            Assert.NotEmpty(managed[i]);
            Assert.Equal(managed[i].Select(p => (p.Key, p.Value)).Order(), views[i].Select(p => (p.Key, p.Value)).Order());
        }

        Assert.True(programs.Maps.Tables.Remove(2));
        Assert.Equal(XdpAction.Drop, Run(programs.Programs.Run, Packet(new() { Table = 2 })));
    }

    [KernelTheory]
    [InlineData(1u, 0u, false)]
    [InlineData(1u, 1u, false)]
    [InlineData(1u, 2u, true)]
    [InlineData(2u, 0u, true)]
    public void WhereDotNetThrowsTheProgramEnds(uint table, uint key, bool faults)
    {
        using InnerMapPrograms programs = InnerMapPrograms.Load();
        using BpfMap row = programs.Maps.Rows.CreateInner(-7);
        ArrayMap<ulong> managed = new(2);
        InnerMapPrograms.Rows.Set(-7, managed);
        byte[] packet = Packet(new() { Table = table, Key = key, Value = 5 });
        Exception? thrown = Record.Exception(() => { InnerMapPrograms.Row(new XdpContext(packet)); });
        Assert.Equal(faults, thrown is IndexOutOfRangeException or NullReferenceException);
        Assert.Equal(faults ? XdpAction.Aborted : XdpAction.Pass, Run(programs.Programs.Row, packet));
        BpfArray<ulong> view = new(row);
        for (int i = 0; i < 2; i++) Assert.Equal(managed[(uint)i], view[i]);
        Assert.Equal(faults ? 0ul : 5, view[0] + view[1]);
    }

    [KernelFact(Minimum = "5.10")]
    public void HashMapsOfAnotherSizeFit()
    {
        using InnerMapPrograms programs = InnerMapPrograms.Load();
        using BpfMap small = programs.Maps.Tables.CreateInner(1, maxEntries: 1);
        Assert.Equal(XdpAction.Pass, Run(programs.Programs.Run, Packet(new() { Table = 1, Key = 1 })));
        Assert.Equal(XdpAction.Tx, Run(programs.Programs.Run, Packet(new() { Table = 1, Key = 2 })));
        Assert.Equal(1u, small.MaxEntries);
    }

    [KernelFact(Needs = KernelNeeds.Bpffs)]
    public void LibbpfKnowsTheTemplate()
    {
        using KernelSandbox sandbox = new();
        string pins = sandbox.MountBpffs(), file = Path.Combine(sandbox.TemporaryFolder, "inner.bpf.o");
        File.WriteAllBytes(file, InnerMapPrograms.Image);
        Command.Run("bpftool", "prog", "loadall", file, Path.Combine(pins, "programs"), "pinmaps", Path.Combine(pins, "maps"));
        using BpfMap outer = BpfMap.OpenPinned(Path.Combine(pins, "maps", "Rows"));
        Assert.Equal((Objects.Kernel.MapType.HashOfMaps, 8, 4, 4u), (outer.Type, outer.KeySize, outer.ValueSize, outer.MaxEntries));
        BpfMapOfMaps<long> rows = new(outer);
        using BpfMap fits = BpfMap.Create(new() { Name = "fits", Type = Objects.Kernel.MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 2 });
        rows.Set(1, fits);
        using BpfMap other = BpfMap.Create(new() { Name = "other", Type = Objects.Kernel.MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 2 });
        Assert.Equal("EINVAL", Assert.Throws<BpfException>(() => rows.Set(2, other)).ErrorName);
    }

    private static byte[] Packet(InnerStep step)
    {
        byte[] packet = new byte[64];
        MemoryMarshal.Write(packet, step);
        return packet;
    }

    private static XdpAction Run(BpfProgram program, byte[] packet) => (XdpAction)program.TestRun(packet, new byte[256], [], out _).ReturnValue;

    private static void Clear()
    {
        InnerMapPrograms.Tables.Clear();
        InnerMapPrograms.Rows.Clear();
        (InnerMapPrograms.missing, InnerMapPrograms.found) = (0, 0);
    }
}
