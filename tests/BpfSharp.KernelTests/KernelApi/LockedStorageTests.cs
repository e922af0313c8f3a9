using System.Net.Sockets;
using System.Runtime.InteropServices;
using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Spin locks in the values of storages, of each type: the kernel makes the map, the verifier takes the programs, and what the lock guards is right.</summary>
public sealed partial class LockedStorageTests
{
    private static readonly uint s_process = (uint)Environment.ProcessId;

    [KernelFact(Minimum = "5.10", Needs = KernelNeeds.SockMap | KernelNeeds.CgroupBpf)]
    public void OfSockets()
    {
        using KernelSandbox sandbox = new();
        Cgroup group = sandbox.AddCgroup();
        using LockedSockets programs = LockedSockets.Load();
        using BpfLink open = programs.Programs.Open.AttachCgroup(group.Path);
        using BpfLink pay = programs.Programs.Pay.AttachSockMap(programs.Maps.Peers);
        Connection? made = null;
        group.Run(() => made = new Connection());
        using Connection connection = made!;
        Assert.True(programs.Maps.Peers.Set(0, connection.Client.SafeHandle));
        Assert.True(programs.Maps.Peers.Set(1, connection.Server.SafeHandle));
        connection.Client.Send([1, 2, 3, 4, 5, 6]);
        connection.Client.Send([7, 8]);
        connection.Server.Send([9]);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], connection.Server.Take(8));
        Assert.Equal([9], connection.Client.Take(1));
        Assert.True(programs.Maps.Accounts.TryGetValue(connection.Client.SafeHandle, out Account account));
        Assert.Equal(((byte)7, 2L, 2u), (account.Kind, account.Balance, account.Changes));
        Assert.False(programs.Maps.Accounts.TryGetValue(connection.Server.SafeHandle, out _));
        // User space gives and takes values with a lock like others.
        Assert.True(programs.Maps.Accounts.Set(connection.Client.SafeHandle, new Account { Kind = 8, Balance = 1 }));
        connection.Client.Send([1]);
        Assert.True(programs.Maps.Accounts.TryGetValue(connection.Client.SafeHandle, out account));
        Assert.Equal(((byte)8, 0L, 1u), (account.Kind, account.Balance, account.Changes));
        // Last, because the kernel keeps the verdict for what the socket sends next.
        Assert.Equal(SocketError.AccessDenied, Assert.Throws<SocketException>(() => connection.Client.Send([2])).SocketErrorCode);
        Assert.True(programs.Maps.Accounts.TryGetValue(connection.Client.SafeHandle, out account));
        Assert.Equal((0L, 2u), (account.Balance, account.Changes));
    }

    [KernelFact(Minimum = "6.2", Needs = KernelNeeds.TpBtf | KernelNeeds.Cgroup2)]
    public void OfControlGroupsAndTasks()
    {
        const int Threads = 4, Calls = 5000;
        using KernelSandbox sandbox = new();
        Cgroup group = sandbox.AddCgroup();
        // getpgid, which .NET does not call by itself.
        using LockedGroups programs = LockedGroups.Open(o => (o.Constants.Process, o.Constants.SystemCall) = (s_process, (ulong)Raw.Libc.NumberOf(121, 155))).Load();
        using BpfLink link = programs.Programs.Enter.Attach();
        using SafeHandle folder = group.Open();
        group.Run(() =>
        {
            Thread[] threads = [.. Enumerable.Range(0, Threads).Select(static _ => new Thread(static () =>
            {
                for (int i = 0; i < Calls; i++) Assert.True(getpgid(0) >= 0); // 0 for what init has started in a VM
            }))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();
        });
        Assert.True(programs.Maps.Groups.TryGetValue(folder, out Account all));
        // Where system calls' tracepoints can be preempted (6.13), the kernel leaves out a run in the middle of another.
        uint runs = programs.Globals.Runs;
        Assert.InRange(runs, 1u, (uint)(Threads * Calls));
        Assert.Equal((runs, runs * 3L, 0u), (all.Changes, all.Balance, programs.Globals.Wrong));
    }

    [KernelFact(Minimum = "6.1", Needs = KernelNeeds.BpfLsm)]
    public void OfInodes()
    {
        string path = Path.GetTempFileName();
        try
        {
            using LockedInodes programs = LockedInodes.Open(o => o.Constants.Process = s_process).Load();
            using BpfLink link = programs.Programs.Count.Attach();
            for (int i = 0; i < 3; i++) File.ReadAllText(path);
            using FileStream file = File.OpenRead(path);
            Assert.True(programs.Maps.Opened.TryGetValue(file.SafeFileHandle, out Account opened));
            Assert.Equal(4u, opened.Changes);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [LibraryImport("libc")]
    private static partial int getpgid(int process);
}
