using System.Buffers.Binary;
using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Links;

/// <summary>
/// Programs on an interface's clsact queueing discipline: the way of kernels before tcx (6.6). A filter is no link: if the process is
/// killed it stays, until the interface goes or <c>tc filter del</c> removes it.
/// </summary>
internal static class TrafficControl
{
    private const ushort NewDiscipline = 36, DeleteDiscipline = 37, NewFilter = 44, DeleteFilter = 45, GetFilter = 46;
    private const ushort Exclusive = 0x200, Create = 0x400, Echo = 8, Dump = 0x300;
    private const ushort Kind = 1, Options = 2, BpfFd = 6, BpfName = 7, BpfFlags = 8;
    private const uint ClsactHandle = 0xffff0000, ClsactParent = 0xfffffff1, Ingress = 0xfffffff2, Egress = 0xfffffff3;
    private const uint AllProtocols = 0x0300, DirectAction = 1;
    private const int MessageSize = 20;

    /// <summary>Attaches a program; the link takes the filter away, and the discipline if it was made here and nothing else uses it.</summary>
    public static BpfLink Attach(BpfProgram program, string networkInterface, int index, AttachType direction)
    {
        string where = $"{(direction == AttachType.TcxEgress ? "egress" : "ingress")} of {networkInterface}";
        uint parent = direction == AttachType.TcxEgress ? Egress : Ingress;
        // Kept for the detaching, which may happen in a thread of another network namespace.
        BpfHandle socket = Netlink.Open();
        try
        {
            int made = Message(NewDiscipline, Create | Exclusive, index, ClsactHandle, ClsactParent, 0).AddAttribute(Kind, "clsact").Send(socket);
            if (made < 0 && made != -(int)Errno.EEXIST)
                throw BpfError.Create(made, $"make a clsact queueing discipline for {where}", Hint((Errno)(-made)));
            (uint priority, uint handle) = AddFilter(socket, program, where, index, parent, made == 0);
            return new BpfLink(program.Name, where, null, detach: () =>
            {
                using (socket)
                {
                    // What is gone already, with its interface or by another's hand, is not an error.
                    _ = Message(DeleteFilter, 0, index, handle, parent, priority).AddAttribute(Kind, "bpf").Send(socket);
                    if (made == 0 && !HasFilters(socket, index, Ingress) && !HasFilters(socket, index, Egress)) RemoveDiscipline(socket, index);
                }
            });
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static (uint Priority, uint Handle) AddFilter(BpfHandle socket, BpfProgram program, string where, int index, uint parent, bool alone)
    {
        uint priority = 0, handle = 0;
        int result = Message(NewFilter, Create | Exclusive | Echo, index, 0, parent, AllProtocols)
            .AddAttribute(Kind, "bpf")
            .AddNested(Options, m => m.AddAttribute(BpfFd, (uint)program.Fd).AddAttribute(BpfName, program.Name).AddAttribute(BpfFlags, DirectAction))
            .Send(socket, (type, payload) =>
            {
                if (type != NewFilter || payload.Length < MessageSize) return;
                handle = BinaryPrimitives.ReadUInt32LittleEndian(payload[8..]);
                priority = BinaryPrimitives.ReadUInt32LittleEndian(payload[16..]);
            });
        if (result >= 0) return (priority, handle);
        if (alone) RemoveDiscipline(socket, index);
        throw BpfError.Create(result, $"attach {program.What} to {where}", Hint((Errno)(-result)));
    }

    private static bool HasFilters(BpfHandle socket, int index, uint parent)
    {
        bool any = false;
        _ = Message(GetFilter, Dump, index, 0, parent, 0).Send(socket, (type, _) => any |= type == NewFilter);
        return any;
    }

    private static void RemoveDiscipline(BpfHandle socket, int index) =>
        _ = Message(DeleteDiscipline, 0, index, ClsactHandle, ClsactParent, 0).Send(socket);

    /// <summary><c>struct tcmsg</c>.</summary>
    private static Netlink Message(ushort type, ushort flags, int index, uint handle, uint parent, uint info) =>
        new Netlink(type, flags).Add(0).Add((uint)index).Add(handle).Add(parent).Add(info);

    private static string? Hint(Errno error) => error switch
    {
        Errno.EPERM => "CAP_NET_ADMIN is missing; run as root, or add cap_net_admin with setcap",
        Errno.ENOENT or Errno.EOPNOTSUPP => "this kernel has no clsact or cls_bpf (CONFIG_NET_SCH_INGRESS, CONFIG_NET_CLS_BPF)",
        _ => null,
    };
}
