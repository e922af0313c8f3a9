using BpfSharp.Symbols;

namespace BpfSharp;

/// <summary>
/// Gives addresses of call stacks their names: the kernel's from <c>/proc/kallsyms</c> (with modules and eBPF programs), a process's from the symbol
/// tables of its files (<c>.symtab</c>, the debug file of their build id, <c>.dynsym</c>) and from the perf map of its run-time compiler
/// (<c>/tmp/perf-PID.map</c>: .NET with <c>DOTNET_PerfMapEnabled=1</c>, Java, Node). Files are found as the process itself sees them, so
/// processes in containers are named like all others.
/// </summary>
/// <remarks>
/// Everything is read when it is first asked for and kept: ask about a process while it runs, at least once. One instance may be used from any thread.
/// Kernel addresses need root or CAP_SYSLOG, other users' processes CAP_SYS_PTRACE.
/// </remarks>
public sealed class BpfSymbols
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, ProcessSymbols> _processes = [];
    private readonly Dictionary<(string Identity, string Path), ElfSymbols> _files = [];
    private SymbolTable? _kernel;

    /// <summary>What is known of a kernel address.</summary>
    /// <param name="address">The address, e.g. a frame of a kernel stack.</param>
    /// <exception cref="BpfException">The kernel does not show its addresses to this process.</exception>
    public BpfSymbol Kernel(ulong address)
    {
        lock (_gate)
        {
            _kernel ??= KernelSymbols.Read();
            int found = _kernel.Find(address);
            return found < 0
                ? new(address, "", address, "")
                : new(address, _kernel.Name(found), address - _kernel.Start(found), KernelSymbols.Module(_kernel, found));
        }
    }

    /// <summary>What is known of an address in a process's memory.</summary>
    /// <param name="processId">The process (the upper half of <c>bpf_get_current_pid_tgid</c>).</param>
    /// <param name="address">The address, e.g. a frame of a user stack.</param>
    /// <returns>With an empty name where nothing is known, e.g. because the process ended before it was first asked about.</returns>
    public BpfSymbol User(int processId, ulong address)
    {
        lock (_gate)
        {
            if (!_processes.TryGetValue(processId, out ProcessSymbols? process))
                _processes.Add(processId, process = new ProcessSymbols(processId, File));
            return process.Find(address);
        }
    }

    /// <summary>The names of a kernel stack's frames, innermost first.</summary>
    /// <exception cref="BpfException">The kernel does not show its addresses to this process.</exception>
    public BpfSymbol[] Kernel(ReadOnlySpan<ulong> frames)
    {
        BpfSymbol[] symbols = new BpfSymbol[frames.Length];
        for (int i = 0; i < symbols.Length; i++) symbols[i] = Kernel(frames[i]);
        return symbols;
    }

    /// <summary>The names of a user stack's frames, innermost first.</summary>
    public BpfSymbol[] User(int processId, ReadOnlySpan<ulong> frames)
    {
        BpfSymbol[] symbols = new BpfSymbol[frames.Length];
        for (int i = 0; i < symbols.Length; i++) symbols[i] = User(processId, frames[i]);
        return symbols;
    }

    /// <summary>
    /// Forgets what may have changed: the kernel's symbols (modules and eBPF programs come and go) and processes whose number belongs to another one
    /// now. What processes had that ended stays known.
    /// </summary>
    public void Refresh()
    {
        lock (_gate)
        {
            _kernel = null;
            foreach ((int id, ProcessSymbols process) in _processes.ToArray())
                if (process.IsReplaced) _processes.Remove(id);
        }
    }

    private ElfSymbols File(string identity, string path, Func<ElfSymbols> read)
    {
        if (!_files.TryGetValue((identity, path), out ElfSymbols? symbols)) _files.Add((identity, path), symbols = read());
        return symbols;
    }
}
