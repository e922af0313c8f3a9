using BpfSharp.Kernel;

#pragma warning disable IDE1006, CS8981, CA1707
namespace BpfSharp.KernelTests.KernelTypes;

[KernelType]
internal readonly ref struct nf_conn : IKernelType
{
    public uint mark
    {
        get => Core.Member<uint>();
        set => Core.Member(value);
    }

    public uint timeout => Core.Member<uint>();
}

/// <summary>What a tracepoint with a larger buffer would have: a struct of the kernel's.</summary>
[KernelType]
internal readonly ref struct task_struct___written : IKernelType
{
    public int pid
    {
        get => Core.Member<int>();
        set => Core.Member(value);
    }
}
#pragma warning restore IDE1006, CS8981, CA1707

/// <summary>Changes the result of running a test of a program, on one thread.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class TestResults
{
    internal static readonly uint Thread;
    internal static readonly int Error;
    internal static int before;
    internal static int after;
    internal static ulong address;

    [BpfProgram(BpfHook.RawTracepointWritable, "bpf_test_finish")]
    static int Finish(WritableTracepointContext ctx, KernelPointer<int> error)
    {
        if (Bpf.CurrentThreadId != Thread) return 0;
        address = ctx.Argument(0);
        before = error.Value;
        error.Value = Error;
        error.Value -= 2;
        error.Value++;
        after = error.Value++;
        return error.IsNull ? 1 : 0;
    }
}

/// <summary>A member of a struct that a writable tracepoint passes. This one passes four bytes, so it loads and is not attached.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class LargeResults
{
    [BpfProgram(BpfHook.RawTracepointWritable, "bpf_test_finish")]
    static int Finish(WritableTracepointContext ctx, task_struct___written task)
    {
        task.pid += 7;
        return 0;
    }
}

/// <summary>Marks a connection that the kernel tracks.</summary>
[BpfObject(License = "GPL", MinimumKernel = "6.1")]
internal sealed partial class ConnectionMarks
{
    internal static IPv4Flow flow;
    internal static IPv6Flow flow6;
    internal static uint before;
    internal static uint after;
    internal static uint timeout;

    [BpfProgram(BpfHook.Tc)]
    static TcAction InTrafficControl(TcContext ctx)
    {
        if (!ctx.TryFindConnection(flow, IpProtocol.Udp, out TrackedConnection connection)) return TcAction.Shot;
        nf_conn tracked = connection.Handle<nf_conn>();
        before = tracked.mark;
        tracked.mark = 40;
        tracked.mark |= 3;
        tracked.mark--;
        after = tracked.mark;
        timeout = tracked.timeout;
        return TcAction.Ok;
    }

    [BpfProgram(BpfHook.Xdp)]
    static XdpAction AtTheDriver(XdpContext ctx)
    {
        if (!ctx.TryFindConnection(flow, IpProtocol.Udp, out TrackedConnection connection)) return XdpAction.Drop;
        connection.Handle<nf_conn>().mark += 100;
        connection.Dispose();
        // It was given back: nothing is held.
        return connection.Handle<nf_conn>().mark == 0 ? XdpAction.Tx : XdpAction.Pass;
    }

    [BpfProgram(BpfHook.Tc)]
    static TcAction OfTheNewInternet(TcContext ctx)
    {
        for (int i = 0; i < 3; i++)
        {
            if (ctx.TryFindConnection(flow6, IpProtocol.Tcp, out TrackedConnection connection)) connection.Handle<nf_conn>().mark = (uint)i;
        }
        return TcAction.Ok;
    }
}
