namespace BpfSharp.Objects.Kernel;

/// <summary>The table of hooks, by the prefixes that libbpf knows in a section's name.</summary>
/// <remarks>
/// A hook's fault result is what lets the kernel go on as if the program were not there: a packet passes, a cgroup allows, a security check
/// does not object, a traced function is left alone. The exceptions are XDP, where the kernel has a result for just this (<c>XDP_ABORTED</c>: the packet is
/// dropped and <c>xdp:xdp_exception</c> tells of it); socket filters, where the kernel's own faults drop the packet; and programs that user space runs
/// itself (<c>syscall</c>), which report <c>-EFAULT</c>.
/// </remarks>
public static class Hooks
{
    private static readonly Dictionary<string, Hook> ByPrefix = HookTable.All.ToDictionary(static h => h.Prefix, StringComparer.Ordinal);

    /// <summary>All hooks.</summary>
    public static IReadOnlyList<Hook> All => HookTable.All;

    /// <summary>The hook with a prefix (<c>tracepoint</c>, <c>cgroup/connect4</c>), null if there is none.</summary>
    public static Hook? Find(string prefix) => ByPrefix.TryGetValue(prefix, out Hook? hook) ? hook : null;

    /// <summary>Reads a section's name as libbpf does: a <c>?</c> for programs that are not loaded unless asked for, a prefix, and a target.</summary>
    /// <returns>What it says; null if no hook has this name (<c>.text</c> holds subprograms).</returns>
    public static HookSection? FromSection(string section)
    {
        bool isAutoloaded = section.Length == 0 || section[0] != '?';
        string name = isAutoloaded ? section : section.Substring(1);
        if (ByPrefix.TryGetValue(name, out Hook? hook))
            return new HookSection(hook, "", isAutoloaded);
        // No prefix that takes a target holds a slash itself.
        int slash = name.AsSpan().IndexOf('/');
        return slash >= 0 && ByPrefix.TryGetValue(name.Substring(0, slash), out hook) && hook.Target == HookTarget.Optional
            ? new HookSection(hook, name.Substring(slash + 1), isAutoloaded)
            : null;
    }
}
