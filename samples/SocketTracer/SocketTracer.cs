using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using BpfSharp;
using BpfSharp.Kernel;

namespace Samples;

/// <summary>An address: 4 or 16 bytes of it are used.</summary>
[InlineArray(16)]
internal struct AddressBytes
{
    private byte _first;
}

/// <summary>A TCP socket went from one state to another.</summary>
internal struct StateChange
{
    public int OldState;
    public int NewState;
    public ushort Family;
    public ushort LocalPort;
    public ushort RemotePort;
    public ushort Protocol;
    public AddressBytes Local;
    public AddressBytes Remote;
}

/// <summary>Tells of each change of a TCP socket's state, with the addresses as the kernel keeps them in <c>struct sock</c>.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class SocketTracer
{
    const ushort InterNetwork = 2, InterNetworkV6 = 10;

    [BpfMap(MaxEntries = 1 << 18)]
    static partial RingBuffer<StateChange> Events { get; }

    static readonly ushort OnlyPort;
    static ulong missed;

    [BpfProgram(BpfHook.BtfTracepoint, "inet_sock_set_state")]
    static int SetState(TracingContext ctx, sock socket, int oldState, int newState)
    {
        sock_common common = socket.__sk_common;
        ushort family = common.skc_family;
        ushort remotePort = BinaryPrimitives.ReverseEndianness(common.skc_dport);
        if (family is not (InterNetwork or InterNetworkV6)) return 0;
        if (OnlyPort != 0 && common.skc_num != OnlyPort && remotePort != OnlyPort) return 0;
        if (!Events.TryReserve(out Reservation<StateChange> e))
        {
            Interlocked.Increment(ref missed);
            return 0;
        }
        e.Value.OldState = oldState;
        e.Value.NewState = newState;
        e.Value.Family = family;
        e.Value.LocalPort = common.skc_num;
        e.Value.RemotePort = remotePort;
        e.Value.Protocol = socket.sk_protocol;
        if (family == InterNetwork)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(e.Value.Local, common.skc_rcv_saddr);
            BinaryPrimitives.WriteUInt32LittleEndian(e.Value.Remote, common.skc_daddr);
        }
        else
        {
            common.skc_v6_rcv_saddr.in6_u.u6_addr8.CopyBytesTo(ref e.Value.Local);
            common.skc_v6_daddr.in6_u.u6_addr8.CopyBytesTo(ref e.Value.Remote);
        }
        e.Submit();
        return 0;
    }
}
