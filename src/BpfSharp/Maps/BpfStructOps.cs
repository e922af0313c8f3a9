using BpfSharp.Errors;
using BpfSharp.Loading;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>
/// A table of functions of the kernel that programs stand in for (<c>BPF_MAP_TYPE_STRUCT_OPS</c>, kernel 5.6), e.g. <c>tcp_congestion_ops</c>: a variable in section
/// <c>.struct_ops</c> or <c>.struct_ops.link</c> of an object in C.
/// </summary>
/// <remarks>Not thread-safe: one thread at a time attaches it.</remarks>
public sealed unsafe class BpfStructOps : BpfMap
{
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC

    /// <summary>Makes a view of a map.</summary>
    public BpfStructOps(BpfMap map) : base(map) => CheckKind(nameof(BpfStructOps), MapType.StructOps);

    /// <summary>The kernel's struct, e.g. <c>tcp_congestion_ops</c>; "" if the map is not of an object that was loaded here.</summary>
    public string TypeName => Table?.Spec.TypeName ?? "";

    /// <summary>Whether it is attached by a link of the kernel. Otherwise it stays attached when the process ends: until the link is disposed, or the map's only key is deleted.</summary>
    public bool HasLink => (Flags & BpfMapFlags.Link) != 0;

    /// <summary>What became of it in the kernel.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfStructOpsState State
    {
        get
        {
            // The map's value begins with a counter of references and the state, of 32 bits each.
            byte[] value = new byte[ValueSize];
            return TryLookup(BitConverter.GetBytes(0), value) ? (BpfStructOpsState)BitConverter.ToUInt32(value, sizeof(uint)) : BpfStructOpsState.Empty;
        }
    }

    /// <summary>Gives the table to the kernel, which uses its functions from here on. The caller owns the link.</summary>
    /// <exception cref="BpfException">The kernel refused: a function that it needs is missing, the name is taken, or the table was attached before and cannot be again.</exception>
    public BpfLink Attach()
    {
        Write();
        if (HasLink)
        {
            LinkCreateAttributes attributes = new() { ProgramFd = Fd, AttachType = (uint)AttachType.StructOps };
            int link = BpfError.Check(BpfSyscall.LinkCreate(attributes, LinkCreateAttributes.Sizes.Plain), $"attach {What}");
            return new BpfLink(this, new BpfHandle(link, $"link of {What}"), null);
        }

        // Its own descriptor, for the link may be disposed after the map.
        int fd = Libc.Fcntl(Fd, DuplicateCloseOnExec, 0);
        BpfHandle map = fd >= 0 ? new BpfHandle(fd, What) : throw BpfError.Create((int)Libc.LastError, $"keep {What} open");
        return new BpfLink(this, null, () =>
        {
            using (map)
            {
                int key = 0;
                // What another hand has detached already is not an error.
                _ = BpfSyscall.MapDelete(map.Fd, &key);
            }
        });
    }

    /// <summary>Writes the table into its map. With a link it is only ready then; without one it is attached.</summary>
    internal void Write()
    {
        // A map that was opened by its pin or id holds its table already.
        if (Table is null && HasLink) return;
        if (Table is null) throw new BpfException($"cannot attach {What}: it is not of an object that was loaded here");
        int key = 0, result;
        fixed (byte* value = Table.Fill()) result = BpfSyscall.MapUpdate(Fd, &key, value, 0);
        // With a link it is written once and stays.
        if (result == -(int)Errno.EBUSY && HasLink) return;
        string? hint = (Errno)(-result) switch
        {
            Errno.EBUSY => "it is or was attached, which without a link (section .struct_ops.link, Linux 6.4) is possible once",
            Errno.EEXIST => "the kernel has another one of this name",
            Errno.EINVAL => $"the kernel does not take this {TypeName}: a function that it needs is missing, or a member has a value that it does not allow",
            _ => null,
        };
        if (result < 0) throw BpfError.Create(result, $"attach {What}", hint);
    }
}

/// <summary>The state of a table in the kernel (<c>enum bpf_struct_ops_state</c>).</summary>
public enum BpfStructOpsState
{
    /// <summary>Nothing was written into the map yet.</summary>
    Empty = 0,
    /// <summary>It is attached, without a link.</summary>
    InUse = 1,
    /// <summary>It was detached, without a link, and the kernel may still use it.</summary>
    Detached = 2,
    /// <summary>It is there for links, which attach it (kernel 6.4).</summary>
    Ready = 3,
}
