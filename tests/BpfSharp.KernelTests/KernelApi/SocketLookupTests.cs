using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Sockets in maps that programs look for and take out, and streams that a program parts into messages.</summary>
public sealed class SocketLookupTests : IDisposable
{
    public SocketLookupTests() => Clear();

    public void Dispose() => Clear();

    [KernelFact(Minimum = "5.8", Needs = KernelNeeds.SockMap)]
    public void SocketsAreFoundAndTakenOut()
    {
        using SocketLookupPrograms programs = SocketLookupPrograms.Load();
        using Connection first = new(), second = new();
        programs.Globals.Key = 4711;
        Assert.Equal(0u, Look(programs));
        Assert.True(programs.Maps.Peers.Set(0, first.Client.SafeHandle));
        Assert.True(programs.Maps.Peers.Set(2, second.Client.SafeHandle));
        Assert.True(programs.Maps.ByPort.Set(4711, first.Client.SafeHandle));
        Assert.Equal(1u | 4 | 8 | 32, Look(programs));
        // It was taken out.
        Assert.Equal(1u | 8, Look(programs));
        Assert.False(programs.Maps.Peers.Remove(2));
        Assert.True(programs.Maps.ByPort.Remove(4711));
        Assert.Equal(1u, Look(programs));
        // Nothing is held that was found: the connection ends with its last descriptor, and leaves the map.
        first.Client.Close();
        first.Server.Await("the end");
        Assert.Equal(0, first.Server.Receive(new byte[1]));
        Assert.Equal(0u, Look(programs));
    }

    [KernelFact(Minimum = "5.8", Needs = KernelNeeds.SockMap | KernelNeeds.CgroupBpf)]
    public void SocketsAreTakenOutAsAConnectionIsMade()
    {
        using KernelSandbox sandbox = new();
        Cgroup group = sandbox.AddCgroup();
        using SocketLookupPrograms programs = SocketLookupPrograms.Open(o => o.Globals.Key = 5).Load();
        using Connection other = new();
        Assert.True(programs.Maps.Peers.Set(2, other.Client.SafeHandle));
        Assert.True(programs.Maps.ByPort.Set(5, other.Client.SafeHandle));
        using BpfLink link = programs.Programs.Forget.AttachCgroup(group.Path);
        Connection? made = null;
        group.Run(() => made = new Connection());
        using Connection connection = made!;
        Assert.Equal(1u | 4, programs.Globals.Found);
        Assert.False(programs.Maps.Peers.Remove(2));
        Assert.False(programs.Maps.ByPort.Remove(5));
        // It is a connection as before.
        other.Client.Send([1]);
        Assert.Equal([1], other.Server.Take(1));
    }

    [KernelFact(Minimum = "5.8", Needs = KernelNeeds.SockMap)]
    public void StreamIsPartedIntoMessages()
    {
        using SocketLookupPrograms programs = SocketLookupPrograms.Load();
        using Connection first = new(), second = new();
        using BpfLink parser = programs.Programs.Parse.AttachSockMap(programs.Maps.Peers), verdict = programs.Programs.Pass.AttachSockMap(programs.Maps.Peers);
        Assert.True(programs.Maps.Peers.Set(0, first.Server.SafeHandle));
        Assert.True(programs.Maps.Peers.Set(1, second.Client.SafeHandle));
        // A message by itself, one of a byte, and one in two pieces; each is sent on to the second server.
        first.Client.Send([2, 10, 11]);
        Assert.Equal([2, 10, 11], second.Server.Take(3));
        first.Client.Send([0]);
        Assert.Equal([0], second.Server.Take(1));
        first.Client.Send([3, 30]);
        first.Client.Send([31, 32]);
        Assert.Equal([3, 30, 31, 32], second.Server.Take(4));
        Assert.Equal(314ul, programs.Globals.Lengths);
        // Three at once: both programs see all of what came, at each of them.
        programs.Globals.Lengths = 0;
        first.Client.Send([1, 40, 1, 50, 1, 60]);
        Assert.Equal([1, 40, 1, 50, 1, 60], second.Server.Take(6));
        Assert.Equal(666ul, programs.Globals.Lengths);
    }

    [Fact]
    public void InDotNet()
    {
        SocketLookupPrograms.Peers.Set(0, 77);
        SocketLookupPrograms.Peers.Set(2, 78);
        SocketLookupPrograms.ByPort.Set(4711, 77);
        SocketLookupPrograms.key = 4711;
        SocketLookupPrograms.Look(new TcContext([]));
        Assert.Equal(1u | 4 | 8 | 32, SocketLookupPrograms.found);
        SocketLookupPrograms.Look(new TcContext([]));
        Assert.Equal(1u | 8, SocketLookupPrograms.found);
        Assert.Equal(3, SocketLookupPrograms.Parse(new SkSkbContext([2, 10, 11, 0])));
        Assert.Equal(0, SocketLookupPrograms.Parse(new SkSkbContext([])));
        Assert.Equal(SkAction.Pass, SocketLookupPrograms.Pass(new SkSkbContext([2, 10, 11])));
    }

    private static uint Look(SocketLookupPrograms programs)
    {
        programs.Programs.Look.TestRun(new byte[64]);
        return programs.Globals.Found;
    }

    private static void Clear()
    {
        SocketLookupPrograms.Peers.Clear();
        SocketLookupPrograms.ByPort.Clear();
        (SocketLookupPrograms.key, SocketLookupPrograms.found, SocketLookupPrograms.lengths) = (0, 0, 0);
    }
}
