using System.Net.Sockets;
using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Links;

/// <summary>
/// Programs on routes (lightweight tunnels). The program is a part of the route, which is no link: if the process is killed the route stays, until the interface
/// goes or <c>ip route del</c> removes it.
/// </summary>
internal static class RouteTunnel
{
    private const ushort NewRoute = 24, DeleteRoute = 25, Exclusive = 0x200, Create = 0x400;
    private const ushort Destination = 1, OutputInterface = 4, Gateway = 5, Priority = 6, Table = 15, EncapsulationType = 21, Encapsulation = 22;
    private const ushort Bpf = 6, Seg6Local = 7; // LWTUNNEL_ENCAP_*
    private const ushort In = 1, Out = 2, Transmit = 3, Headroom = 4; // LWT_BPF_*
    private const ushort ProgramFd = 1, ProgramName = 2;
    private const ushort Action = 1, ActionProgram = 8; // SEG6_LOCAL_*
    private const uint EndBpf = 15; // SEG6_LOCAL_ACTION_END_BPF
    private const byte Static = 4, Universe = 0, LinkScope = 253, Unicast = 1, CompatibleTable = 252;

    private static readonly Dictionary<ProgramType, ushort> s_places = new() { [ProgramType.LwtIn] = In, [ProgramType.LwtOut] = Out, [ProgramType.LwtXmit] = Transmit };

    /// <summary>Makes a route whose packets pass a program; the link takes it away.</summary>
    public static BpfLink Attach(BpfProgram program, BpfRoute route, int index)
    {
        // Kept for the detaching, which may happen in a thread of another network namespace.
        BpfHandle socket = Netlink.Open();
        try
        {
            Netlink message = Message(NewRoute, Create | Exclusive, route, index);
            if (s_places.TryGetValue(program.Type, out ushort place))
            {
                message.AddAttribute(EncapsulationType, Bpf).AddNested(Encapsulation, m =>
                {
                    if (place == Transmit && route.Headroom > 0) m.AddAttribute(Headroom, route.Headroom);
                    m.AddNested(place, p => AddProgram(p, program));
                });
            }
            else
            {
                message.AddAttribute(EncapsulationType, Seg6Local).AddNested(Encapsulation, m => m.AddAttribute(Action, EndBpf).AddNested(ActionProgram, p => AddProgram(p, program)));
            }

            int result = message.Send(socket);
            if (result < 0) throw BpfError.Create(result, $"attach {program.What} to route {route}", Hint((Errno)(-result)));
            return new BpfLink(program.Name, $"route {route}", null, detach: () =>
            {
                // What is gone already, with its interface or by another's hand, is not an error.
                using (socket) _ = Message(DeleteRoute, 0, route, index).Send(socket);
            });
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void AddProgram(Netlink message, BpfProgram program) => message.AddAttribute(ProgramFd, (uint)program.Fd).AddAttribute(ProgramName, program.Name);

    /// <summary><c>struct rtmsg</c> and what tells the route from others.</summary>
    private static Netlink Message(ushort type, ushort flags, BpfRoute route, int index)
    {
        bool wide = route.Destination.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6;
        byte family = wide ? (byte)10 : (byte)2;
        byte scope = wide || route.Gateway is not null ? Universe : LinkScope;
        Netlink message = new Netlink(type, flags)
            .Add((uint)(family | (route.Destination.PrefixLength << 8)))
            .Add((uint)((route.Table < 256 ? route.Table : CompatibleTable) | (Static << 8) | ((uint)scope << 16) | (Unicast << 24)))
            .Add(0)
            .AddAttribute(Destination, route.Destination.BaseAddress.GetAddressBytes())
            .AddAttribute(OutputInterface, (uint)index)
            .AddAttribute(Table, route.Table);
        if (route.Gateway is not null) message.AddAttribute(Gateway, route.Gateway.GetAddressBytes());
        if (route.Metric > 0) message.AddAttribute(Priority, route.Metric);
        return message;
    }

    private static string? Hint(Errno error) => error switch
    {
        Errno.EPERM => "CAP_NET_ADMIN is missing; run as root, or add cap_net_admin with setcap",
        Errno.EEXIST => "there is such a route already; remove it, or give this one another metric",
        Errno.ENETUNREACH => "the gateway cannot be reached by this interface",
        Errno.ENETDOWN => "the interface is down",
        Errno.EOPNOTSUPP => "this kernel has no programs on routes (CONFIG_LWTUNNEL_BPF)",
        _ => null,
    };
}
