using BpfSharp.Errors;
using BpfSharp.Links;
using BpfSharp.Loading;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>
/// An attached program. It stays attached until the link is disposed, the process ends, or, if it is pinned, the pin is removed.
/// Not thread-safe, except that <see cref="Dispose"/> may be called twice.
/// </summary>
public sealed unsafe class BpfLink : IDisposable
{
    private readonly BpfHandle? _link;
    private readonly BpfHandle? _event;
    private readonly string _what;
    private Action? _detach;
    private bool _disposed;

    internal BpfLink(string program, string where, BpfHandle? link, BpfHandle? perfEvent = null, Action? detach = null)
        : this(program, $"link of program '{program}' to {where}", link, detach) => _event = perfEvent;

    /// <summary>The link of a table of functions.</summary>
    internal BpfLink(BpfStructOps table, BpfHandle? link, Action? detach) : this(table.Name, $"link of {table.What}", link, detach)
    {
    }

    private BpfLink(string name, string what, BpfHandle? link, Action? detach)
    {
        (ProgramName, _what, _link, _detach) = (name, what, link, detach);
        CreationStack = LinkLeaks.Capture();
    }

    /// <summary>Warns of a link that was forgotten, in programs that were built for debugging or run with <c>BPFSHARP_TRACK_LINKS=1</c>.</summary>
    ~BpfLink()
    {
        if (CreationStack is not null) LinkLeaks.Report(_what, CreationStack);
    }

    /// <summary>The attached program's name, or the name of the table of functions.</summary>
    public string ProgramName { get; }

    /// <summary>Whether it is a link of the kernel (<c>bpf_link</c>), which can be pinned, updated and asked; older ways of attaching cannot.</summary>
    public bool IsKernelLink => _link is not null;

    private string? CreationStack { get; }

    /// <summary>What the kernel knows of the link.</summary>
    /// <exception cref="NotSupportedException">It is not a link of the kernel.</exception>
    public BpfLinkInfo Info => LinkInformation.Read(KernelLink.Fd, _what);

    /// <summary>
    /// Asks for the functions that it probes, if it is of kprobe.multi (kernel 6.6) or uprobe.multi (kernel 6.8), in the kernel's order.
    /// </summary>
    /// <returns>The probes; none of other links and of older kernels.</returns>
    /// <exception cref="NotSupportedException">It is not a link of the kernel.</exception>
    public IReadOnlyList<BpfLinkProbe> GetProbes() => LinkInformation.Probes(KernelLink.Fd, _what);

    /// <summary>The link's descriptor, for system calls of one's own; it stays owned by the link.</summary>
    /// <exception cref="NotSupportedException">It is not a link of the kernel.</exception>
    public System.Runtime.InteropServices.SafeHandle Handle => KernelLink;

    internal int Fd => KernelLink.Fd;

    /// <summary>Puts another program in the place of the attached one, without a gap (<c>BPF_LINK_UPDATE</c>, kernel 5.7).</summary>
    /// <exception cref="BpfException">This kind of link cannot be updated, or the program is of another type.</exception>
    public void Update(BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        LinkUpdateAttributes attributes = new() { LinkFd = KernelLink.Fd, NewProgramFd = program.Fd };
        Updated(BpfSyscall.LinkUpdate(attributes));
    }

    /// <summary>As <see cref="Update(BpfProgram)"/>, but only if <paramref name="expected"/> is attached now.</summary>
    /// <returns>False if another program is attached.</returns>
    /// <exception cref="BpfException">This kind of link cannot be updated, or the program is of another type.</exception>
    public bool TryUpdate(BpfProgram program, BpfProgram expected)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(expected);
        const uint Replace = 1 << 2; // BPF_F_REPLACE
        LinkUpdateAttributes attributes = new() { LinkFd = KernelLink.Fd, NewProgramFd = program.Fd, Flags = Replace, OldProgramFd = expected.Fd };
        int result = BpfSyscall.LinkUpdate(attributes);
        if (result == -(int)Errno.EPERM && Info.ProgramId != expected.Info.Id) return false;
        Updated(result);
        return true;
    }

    /// <summary>Puts another table of functions in the place of the attached one, without a gap (kernel 6.4). The kernel says which tables can: of TCP's, those of the same name.</summary>
    /// <exception cref="BpfException">This kind of table cannot be replaced, or not by this one.</exception>
    public void Update(BpfStructOps table)
    {
        ArgumentNullException.ThrowIfNull(table);
        table.Write();
        LinkUpdateAttributes attributes = new() { LinkFd = KernelLink.Fd, NewProgramFd = table.Fd };
        BpfError.Check(BpfSyscall.LinkUpdate(attributes), $"update the {_what}");
    }

    /// <summary>Detaches the program and keeps the link, e.g. to ask for its information (<c>BPF_LINK_DETACH</c>, kernel 5.9).</summary>
    /// <exception cref="BpfException">This kind of link cannot be detached; dispose it.</exception>
    public void Detach()
    {
        if (_link is null) Dispose();
        else if (BpfSyscall.LinkDetach(KernelLink.Fd) is var result and < 0)
            throw BpfError.Create(result, $"detach the {_what}", result == -(int)Errno.EOPNOTSUPP ? "links of this kind cannot be detached and kept; dispose it" : null);
    }

    /// <summary>Makes the link visible under a path of a bpf file system: the program stays attached when this process ends.</summary>
    public void Pin(string path) => Pinning.Pin(KernelLink.Fd, path, _what);

    /// <summary>Opens a link that is pinned. The caller owns it; disposing it does not detach the program while the pin is there.</summary>
    /// <exception cref="BpfException">Nothing is pinned there, or something else than a link.</exception>
    public static BpfLink OpenPinned(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new BpfLink(System.IO.Path.GetFileName(path), path, Pinning.Open(path, "a link", "bpf_link"));
    }

    /// <summary>Opens a link by the kernel's id of it (<c>BPF_LINK_GET_FD_BY_ID</c>, kernel 5.8), e.g. another process's. The caller owns it.</summary>
    /// <exception cref="BpfException">There is no such link, or CAP_SYS_ADMIN is missing.</exception>
    public static BpfLink OpenById(uint id) =>
        new($"{id}", $"link {id}", KernelIds.Open(BpfCommand.LinkFromId, id, "link"), null);

    /// <summary>The ids of all links in the kernel, whoever made them, ascending (<c>BPF_LINK_GET_NEXT_ID</c>, kernel 5.8). Each is asked for when it is reached.</summary>
    /// <exception cref="BpfException">CAP_SYS_ADMIN is missing, or the kernel is older.</exception>
    public static IEnumerable<uint> EnumerateIds() => KernelIds.All(BpfCommand.LinkNextId, "links", "5.8");

    /// <summary>What the kernel knows of each link in it, whoever made them. Those that go away during the walk are left out.</summary>
    /// <exception cref="BpfException">CAP_SYS_ADMIN is missing, or the kernel is older.</exception>
    public static IEnumerable<BpfLinkInfo> EnumerateInfos() => KernelIds.Read(EnumerateIds(), BpfCommand.LinkFromId, "link", LinkInformation.Read);

    /// <summary>Opens an iterator program's output (<c>BPF_ITER_CREATE</c>, kernel 5.8): a new run of the program each time.</summary>
    /// <exception cref="BpfException">The link is not of an iterator program.</exception>
    public Stream OpenIterator()
    {
        int fd = BpfSyscall.IteratorCreate(KernelLink.Fd);
        if (fd < 0) throw BpfError.Create(fd, $"open the iterator of the {_what}", fd == -(int)Errno.EINVAL ? "its program is no iterator" : null);
        return new IteratorStream(new BpfHandle(fd, $"iterator of the {_what}"));
    }

    /// <summary>Detaches the program, unless the link is pinned.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        GC.SuppressFinalize(this);
        _link?.Dispose();
        // Closing a perf event takes its program off.
        _event?.Dispose();
        Interlocked.Exchange(ref _detach, null)?.Invoke();
    }

    private void Updated(int result)
    {
        if (result < 0) throw BpfError.Create(result, $"update the {_what}", result == -(int)Errno.EINVAL ? "links of this kind cannot be updated, or the program is of another type" : null);
    }

    private BpfHandle KernelLink => !_disposed
        ? _link ?? throw new NotSupportedException($"the {_what} is no bpf_link: this kernel has none for this kind of hook")
        : throw new ObjectDisposedException(_what);
}
