// This assembly has types of the same names, so as not to test the tables with the tables.
using Table = BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Tables;

/// <summary>Loads a program for each hook that the table gives to the running kernel.</summary>
public class HookTableTests
{
    private const int NotPermitted = 1;

    // What programs with a BTF target are loaded for. Hooks whose target is no function of every kernel have no entry, and are left out.
    private static readonly Dictionary<string, string> Targets = new()
    {
        ["tp_btf"] = "btf_trace_sys_enter",
        ["fentry"] = "vfs_read",
        ["fexit"] = "vfs_read",
        ["fsession"] = "vfs_read",
        ["iter"] = "bpf_iter_task",
        ["iter.s"] = "bpf_iter_task",
        ["lsm"] = "bpf_lsm_file_open",
        ["lsm.s"] = "bpf_lsm_bprm_committed_creds",
        ["lsm_cgroup"] = "bpf_lsm_socket_bind",
    };

    // Kernels may be built without these.
    private static readonly HashSet<Table.ProgramType> Optional = [Table.ProgramType.LircMode2, Table.ProgramType.Netfilter];

    [KernelFact]
    public void TheKernelTakesEveryHooksFaultResultAndEnforcesItsRange()
    {
        var kernel = Table.KernelVersion.Parse(File.ReadAllText("/proc/sys/kernel/osrelease"));
        int loaded = 0;
        var wrong = new List<string>();
        foreach (Table.Hook hook in Table.Hooks.All.Where(h => h.Since <= kernel))
        {
            bool needsTarget = (hook.Flags & Table.HookFlags.BtfTarget) != 0 || hook.ProgramType == Table.ProgramType.StructOps;
            if (needsTarget && !Targets.ContainsKey(hook.Prefix))
                continue;
            (int error, string log) = Load(hook, hook.FaultResult);
            // A kernel that is locked down refuses some tracing, whatever the program.
            if ((error == NotPermitted && needsTarget) || (error != 0 && log.Length == 0 && Optional.Contains(hook.ProgramType)))
                continue;
            if (error != 0)
            {
                wrong.Add($"{hook.Prefix}: error {error} for {hook.FaultResult}: {log}");
                continue;
            }
            loaded++;
            if (hook.Results is not { } range)
            {
                if (Load(hook, 12345).Error != 0)
                    wrong.Add($"{hook.Prefix}: the kernel enforces a range that the table does not have");
            }
            else if (kernel < Table.KernelVersion.DefaultMinimum)
            {
                // The table's ranges begin there.
                continue;
            }
            else if (Load(hook, range.Minimum).Error != 0 || Load(hook, range.Maximum).Error != 0)
            {
                wrong.Add($"{hook.Prefix}: the kernel does not take all of {range}");
            }
            else if (hook.ProgramType != Table.ProgramType.Lsm && Load(hook, range.Maximum + 1).Error == 0)
            {
                // Security hooks: enforced since 6.12 only, and by the hook's own result.
                wrong.Add($"{hook.Prefix}: the kernel takes more than {range}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
        Assert.True(loaded > 50, $"only {loaded} hooks were loaded");
    }

    private static (int Error, string Log) Load(Table.Hook hook, int result)
    {
        int flags = (hook.IsSleepable ? ProgramProbe.Sleepable : 0) | ((hook.Flags & Table.HookFlags.Fragments) != 0 ? ProgramProbe.Fragments : 0);
        int target = Targets.TryGetValue(hook.Prefix, out string? name) ? ProgramProbe.FindType(name) : 0;
        return ProgramProbe.Load(hook.ProgramType, hook.AttachType ?? 0, flags, target, ProgramProbe.Return(result));
    }
}
