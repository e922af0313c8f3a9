using System.Globalization;
using System.Text;
using BpfSharp.Errors;
using BpfSharp.Links;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

public sealed unsafe partial class BpfProgram
{
    /// <summary>Attaches a kprobe program to a kernel function's entry, or to an instruction in it.</summary>
    /// <param name="function">The function's name, as <c>/proc/kallsyms</c> has it.</param>
    /// <param name="offset">Bytes from its start.</param>
    /// <param name="cookie">What <c>bpf_get_attach_cookie</c> gives it (kernel 5.15), 0 for none.</param>
    public BpfLink AttachKprobe(string function, ulong offset = 0, ulong cookie = 0) => AttachKprobe(new KprobeTarget(function, offset), cookie);

    /// <summary>Attaches a kprobe program to a kernel function's return.</summary>
    /// <param name="function">The function's name.</param>
    /// <param name="cookie">What <c>bpf_get_attach_cookie</c> gives it (kernel 5.15), 0 for none.</param>
    public BpfLink AttachKretprobe(string function, ulong cookie = 0) => AttachKretprobe(new KprobeTarget(function, 0), cookie);

    /// <summary>Attaches a kprobe.multi program to many kernel functions at once (kernel 5.18, with CONFIG_FPROBE).</summary>
    /// <param name="functions">Their names; a name may hold <c>*</c> and <c>?</c>.</param>
    /// <param name="returns">Whether the functions' returns are probed.</param>
    /// <param name="cookies">What <c>bpf_get_attach_cookie</c> gives it at each function, in their order, and then no name may be a pattern; null for none.</param>
    /// <exception cref="ArgumentException">There are not as many cookies as functions.</exception>
    public BpfLink AttachKprobes(IReadOnlyList<string> functions, bool returns = false, IReadOnlyList<ulong>? cookies = null)
    {
        ArgumentNullException.ThrowIfNull(functions);
        MustBeFor("kernel functions", ProgramType.Kprobe);
        CheckCookies(cookies, functions);
        string[] names = cookies is null ? KernelFunctions.Expand(functions) : [.. functions];
        byte[] text = Encoding.ASCII.GetBytes(string.Concat(names.Select(n => n + '\0')));
        byte*[] symbols = new byte*[names.Length];
        fixed (byte* start = text)
        fixed (byte** pointers = symbols)
        fixed (ulong* numbers = cookies?.ToArray())
        {
            int at = 0;
            for (int i = 0; i < names.Length; i++)
            {
                pointers[i] = start + at;
                at += names[i].Length + 1;
            }

            LinkCreateAttributes attributes = new()
            {
                ProgramFd = Fd,
                AttachType = (uint)(ExpectedAttachType ?? AttachType.TraceKprobeMulti),
                KprobeFlags = returns ? 1u : 0,
                KprobeCount = (uint)names.Length,
                KprobeSymbols = pointers,
                KprobeCookies = numbers,
            };
            return CreateLink(attributes, LinkCreateAttributes.Sizes.KprobeMulti, $"kprobe.multi {string.Join(",", functions)}", "5.18",
                "the program was not loaded for kprobe.multi (its section), the kernel was built without CONFIG_FPROBE, or a function cannot be probed");
        }
    }

    /// <summary>Attaches a kprobe program to a function of a program or library.</summary>
    /// <param name="target">The file and where in it.</param>
    public BpfLink AttachUprobe(BpfUprobe target)
    {
        ArgumentNullException.ThrowIfNull(target);
        MustBeFor("functions of programs", ProgramType.Kprobe);
        string file = ExecutableFiles.Find(target.Path);
        ulong offset = target.Symbol.Length == 0 ? target.Offset : ExecutableFiles.OffsetOf(file, target.Symbol) + target.Offset;
        string where = $"{(target.IsReturn ? "uretprobe" : "uprobe")} {file}:{(target.Symbol.Length > 0 ? target.Symbol : $"0x{target.Offset:x}")}";
        return AttachProbe("uprobe", where, file, offset, target.IsReturn, target.ProcessId, target.Cookie);
    }

    /// <summary>Attaches a perf_event program to an event: of every CPU, unless it names one, a thread or a process.</summary>
    /// <param name="sampled">The event and how often it is sampled.</param>
    /// <returns>One link per CPU, or per thread of the process.</returns>
    /// <exception cref="BpfException">There is no such event, process or thread, or the kernel refused.</exception>
    public BpfLinks AttachPerfEvent(BpfPerfEvent sampled)
    {
        ArgumentNullException.ThrowIfNull(sampled);
        MustBeFor("perf events", ProgramType.PerfEvent);
        bool isProcess = sampled.ThreadId < 0 && sampled.ProcessId >= 0;
        PerfEventAttributes attributes = PerfEventAttributes.Sampling(sampled, isProcess && RunningKernel.Version >= new KernelVersion(5, 13, 0));
        IEnumerable<(int Thread, int Cpu)> places =
            sampled.ThreadId >= 0 ? [(sampled.ThreadId, sampled.Cpu)]
            : isProcess ? ThreadsOf(sampled.ProcessId).Select(t => (t, sampled.Cpu))
            : sampled.Cpu >= 0 ? [(-1, sampled.Cpu)]
            : Maps.PossibleCpus.Online().Select(static c => (-1, c));
        List<BpfLink> links = [];
        try
        {
            foreach ((int thread, int cpu) in places)
            {
                try
                {
                    links.Add(PerfLinks.Attach(this, thread >= 0 ? $"a perf event of thread {thread}" : $"a perf event of CPU {cpu}", attributes, thread, cpu, sampled.Cookie));
                }
                catch (BpfException e) when (isProcess && e.ErrorName == nameof(Errno.ESRCH))
                {
                    // The thread ended since it was listed.
                }
            }

            return links.Count > 0 ? new BpfLinks(links) : throw new BpfException($"process {sampled.ProcessId} ended before it was sampled");
        }
        catch
        {
            foreach (BpfLink link in links) link.Dispose();
            throw;
        }
    }

    private static int[] ThreadsOf(int process)
    {
        string folder = $"/proc/{process}/task";
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder).Select(static t => int.Parse(Path.GetFileName(t), CultureInfo.InvariantCulture))]
            : throw new BpfException($"there is no process {process} to sample");
    }

    /// <summary>There is a function; a cookie belongs to one, so there is one for each name, and no name stands for several.</summary>
    private static void CheckCookies(IReadOnlyList<ulong>? cookies, IReadOnlyList<string> functions)
    {
        if (functions.Count == 0) throw new ArgumentException("there is no function to probe", nameof(functions));
        if (cookies is null) return;
        if (cookies.Count != functions.Count) throw new ArgumentException($"{functions.Count} functions need as many cookies, and {cookies.Count} were given", nameof(cookies));
        if (functions.FirstOrDefault(static f => f.AsSpan().IndexOfAny('*', '?') >= 0) is { } pattern)
            throw new ArgumentException($"'{pattern}' may be several functions, which have one cookie each; name them", nameof(functions));
    }

    private BpfLink AttachKprobe(KprobeTarget target, ulong cookie = 0, bool isReturn = false)
    {
        ArgumentNullException.ThrowIfNull(target.Function, "function");
        MustBeFor("kernel functions", ProgramType.Kprobe);
        return AttachProbe("kprobe", $"{(isReturn ? "kretprobe" : "kprobe")} {target.Function}", target.Function, target.Offset, isReturn, -1, cookie);
    }

    private BpfLink AttachKretprobe(KprobeTarget target, ulong cookie = 0) => AttachKprobe(target, cookie, isReturn: true);

    private BpfLink AttachProbe(string unit, string where, string target, ulong offset, bool isReturn, int process, ulong cookie, ulong counterOffset = 0)
    {
        (uint type, ulong returnFlag) = ProbeUnits.Get(unit);
        fixed (byte* name = Encoding.UTF8.GetBytes(target + '\0'))
        {
            PerfEventAttributes attributes = new()
            {
                Type = type,
                Size = PerfEventAttributes.Length,
                // The upper half is the place of a counter (ref_ctr_offset).
                Config = (isReturn ? returnFlag : 0) | (counterOffset << 32),
                Target = name,
                Offset = offset,
            };
            return PerfLinks.Attach(this, where, attributes, process, process == -1 ? 0 : -1, cookie, error => ProbeUnits.Hint(unit, target, error));
        }
    }
}
