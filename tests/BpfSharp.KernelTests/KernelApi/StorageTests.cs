using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using BpfSharp.KernelTests.Raw;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Values that belong to kernel objects: what programs put there, user space finds by a descriptor of the object, and the other way round.</summary>
public sealed partial class StorageTests
{
    private static readonly uint s_process = (uint)Environment.ProcessId;

    // getpgid, which .NET does not call by itself.
    private static readonly ulong s_call = (ulong)Libc.NumberOf(121, 155);

    [KernelTheory(Minimum = "5.12", Needs = KernelNeeds.TpBtf)]
    [InlineData(false)]
    [InlineData(true)]
    public void ValuesOfTheCurrentTask(bool forgets)
    {
        using TaskValues values = TaskValues.Open(o => (o.Constants.Process, o.Constants.SystemCall, o.Constants.Forgets) = (s_process, s_call, forgets ? 1 : 0)).Load();
        using BpfLink link = values.Programs.Enter.Attach();
        List<ulong> kernel = [];
        // Each thread has its own value.
        for (int i = 0; i < 2; i++)
        {
            Thread thread = new(() =>
            {
                for (int call = 0; call < 6; call++)
                {
                    Call();
                    kernel.Add(values.Globals.Last);
                }
            });
            thread.Start();
            thread.Join();
        }

        ulong[] oneThread = forgets ? [41, 42, 43, 41, 42, 43] : [41, 42, 43, 44, 45, 46];
        Assert.Equal([.. oneThread, .. oneThread], kernel);
    }

    [KernelFact(Minimum = "5.12", Needs = KernelNeeds.TpBtf)]
    public void ValuesOfOtherTasks()
    {
        using TaskValues values = TaskValues.Open(o => o.Constants.Process = s_process).Load();
        using BpfLink link = values.Programs.Executed.Attach();
        using Process child = Process.Start("/bin/sleep", "1000");
        try
        {
            using SafeHandle task = BpfStorageMap<MapRecord>.OpenProcess(child.Id);
            using SafeHandle self = BpfStorageMap<MapRecord>.OpenProcess(Environment.ProcessId);
            Assert.True(values.Maps.Started.TryGetValue(task, out MapRecord started));
            Assert.Equal(((byte)5, (ulong)s_process), (started.Kind, started.Value));
            // The program took it away again.
            Assert.False(values.Maps.Started.TryGetValue(self, out _));
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }
    }

    [KernelFact(Minimum = "5.11", Needs = KernelNeeds.TpBtf)]
    public void ValuesOfSockets()
    {
        using SocketValues values = SocketValues.Load();
        using Socket before = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using TcpListener listener = new(IPAddress.Loopback, 0);
        using (BpfLink link = values.Programs.Changed.Attach())
        {
            // CLOSE to LISTEN; CLOSE to SYN_SENT to ESTABLISHED.
            listener.Start();
            before.Connect((IPEndPoint)listener.LocalEndpoint);
        }

        Assert.True(values.Maps.Changes.TryGetValue(listener.Server.SafeHandle, out uint listening));
        Assert.True(values.Maps.Changes.TryGetValue(before.SafeHandle, out uint connecting));
        Assert.Equal((1u, 2u), (listening, connecting));
        using Socket after = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.False(values.Maps.Changes.TryGetValue(after.SafeHandle, out _));
    }

    [KernelFact(Needs = KernelNeeds.BpfLsm)]
    public void ValuesOfInodes()
    {
        string path = Path.GetTempFileName();
        try
        {
            using InodeValues values = InodeValues.Open(o => o.Constants.Process = s_process).Load();
            using BpfLink link = values.Programs.Count.Attach();
            for (int i = 0; i < 3; i++) File.ReadAllText(path);
            using FileStream file = File.OpenRead(path);
            Assert.True(values.Maps.Opened.TryGetValue(file.SafeFileHandle, out uint opened));
            Assert.Equal(4u, opened);
            Assert.True(values.Maps.Opened.Remove(file.SafeFileHandle));
            Assert.False(values.Maps.Opened.TryGetValue(file.SafeFileHandle, out _));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [KernelFact(Minimum = "6.2", Needs = KernelNeeds.TpBtf | KernelNeeds.Cgroup2)]
    public void ValuesOfControlGroups()
    {
        using KernelSandbox sandbox = new();
        Cgroup group = sandbox.AddCgroup();
        using GroupValues values = GroupValues.Open(o => (o.Constants.Process, o.Constants.SystemCall) = (s_process, s_call)).Load();
        using SafeHandle folder = group.Open();
        using BpfLink link = values.Programs.Enter.Attach();
        Call();
        Assert.False(values.Maps.Calls.TryGetValue(folder, out _));
        group.Run(() =>
        {
            for (int i = 0; i < 5; i++) Call();
        });
        Assert.True(values.Maps.Calls.TryGetValue(folder, out ulong calls));
        Assert.Equal(5ul, calls);
    }

    [KernelFact(Needs = KernelNeeds.TpBtf | KernelNeeds.Cgroup2)]
    public void TasksInControlGroups()
    {
        using KernelSandbox sandbox = new();
        Cgroup mine = sandbox.AddCgroup(), other = sandbox.AddCgroup();
        using GroupQuestions questions = GroupQuestions.Open(o => (o.Constants.Process, o.Constants.SystemCall) = (s_process, s_call)).Load();
        questions.Maps.Groups.Set(0, mine.Path);
        questions.Maps.Groups.Set(1, other.Path);
        using BpfLink link = questions.Programs.Enter.Attach();
        questions.Globals.Answer = 99;
        Call();
        Assert.Equal(0u, questions.Globals.Answer);
        mine.Run(Call);
        Assert.Equal(1u, questions.Globals.Answer);
        questions.Maps.Groups.Set(2, mine.Path);
        mine.Run(Call);
        Assert.Equal(5u, questions.Globals.Answer);
    }

    private static void Call() => Assert.True(getpgid(0) >= 0); // 0 for what init has started in a VM

    [LibraryImport("libc")]
    private static partial int getpgid(int process);
}
