using System.Text;
using BpfSharp.Links;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

public sealed unsafe partial class BpfProgram
{
    /// <summary>Attaches a uprobe.multi or uprobe.session program to many functions of a file at once, as one link (kernel 6.6; session: 6.13).</summary>
    /// <param name="path">The program or library, by its path or by its name as <see cref="AttachUprobe"/> looks for it.</param>
    /// <param name="functions">The functions' names; a name may hold <c>*</c> and <c>?</c>.</param>
    /// <param name="returns">Whether the functions' returns are probed.</param>
    /// <param name="processId">The process, 0 for all that run the file.</param>
    /// <param name="cookies">What <c>bpf_get_attach_cookie</c> gives it at each function, in their order, and then no name may be a pattern; null for none.</param>
    /// <exception cref="ArgumentException">There are not as many cookies as functions.</exception>
    /// <exception cref="BpfException">The file has no such function, or the kernel refused.</exception>
    public BpfLink AttachUprobes(string path, IReadOnlyList<string> functions, bool returns = false, int processId = 0, IReadOnlyList<ulong>? cookies = null)
    {
        ArgumentNullException.ThrowIfNull(functions);
        MustBeFor("functions of programs", ProgramType.Kprobe);
        CheckCookies(cookies, functions);
        string file = ExecutableFiles.Find(path);
        // With cookies one by one, for their order counts.
        ulong[] offsets = cookies is null ? ExecutableFiles.OffsetsOf(file, functions) : [.. functions.Select(f => ExecutableFiles.OffsetOf(file, f))];
        fixed (byte* name = Encoding.UTF8.GetBytes(file + '\0'))
        fixed (ulong* places = offsets, numbers = cookies?.ToArray())
        {
            LinkCreateAttributes attributes = new()
            {
                ProgramFd = Fd,
                AttachType = (uint)(ExpectedAttachType ?? AttachType.TraceUprobeMulti),
                UprobePath = name,
                UprobeOffsets = places,
                UprobeCookies = numbers,
                UprobeCount = (uint)offsets.Length,
                UprobeFlags = returns ? 1u : 0,
                UprobeProcess = (uint)processId,
            };
            return CreateLink(attributes, LinkCreateAttributes.Sizes.UprobeMulti, $"uprobe.multi {file}:{string.Join(",", functions)}", "6.6",
                "the program was not loaded for uprobe.multi (its section), or there is no such process");
        }
    }

    /// <summary>
    /// Attaches a usdt, uprobe or kprobe program to a static probe of a program or library, at each place that the probe has. Where the probe has a counter of those
    /// who look (a semaphore), it is counted up meanwhile. What the program needs to read the probe's arguments is written into its object's map
    /// <c>__bpf_usdt_specs</c> (kernel 5.15).
    /// </summary>
    /// <param name="target">The file and the probe.</param>
    /// <returns>One link per place.</returns>
    /// <exception cref="BpfException">There is no such file or probe, an argument of it is in a form that programs cannot read, or the kernel refused.</exception>
    public BpfLinks AttachUsdt(BpfUsdt target)
    {
        ArgumentNullException.ThrowIfNull(target);
        MustBeFor("static probes", ProgramType.Kprobe);
        string file = ExecutableFiles.Find(target.Path);
        List<BpfLink> links = [];
        try
        {
            foreach (UsdtSite site in target.Sites())
            {
                // A program that reads arguments gets the cookie with them; the kernel's says of which place they are.
                ulong cookie = UsdtPlaces is { } table ? UsdtPlaceTable.Add(table, site, target.Cookie) : target.Cookie;
                links.Add(AttachProbe(
                    "uprobe", $"usdt {file}:{target.Provider}:{target.Name}", file, site.Place.Offset, isReturn: false, target.ProcessId, cookie, site.Place.SemaphoreOffset));
            }

            return new BpfLinks(links);
        }
        catch
        {
            foreach (BpfLink link in links) link.Dispose();
            throw;
        }
    }

    /// <summary>Attaches a usdt program where its section says: <c>usdt/path:provider:name</c>.</summary>
    public BpfLinks AttachUsdt() => AttachUsdt(BpfUsdt.Parse(Target));

    /// <summary>Attaches to what a section's target says: <c>path:pattern</c>.</summary>
    private BpfLink AttachUprobes(bool returns)
    {
        int colon = Target.LastIndexOf(':');
        return colon > 0 && colon < Target.Length - 1
            ? AttachUprobes(Target[..colon], [Target[(colon + 1)..]], returns)
            : throw new BpfException($"'{Target}' is no uprobe target; write it as path:function");
    }
}
