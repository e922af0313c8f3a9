using BpfSharp.Objects.Instructions;
// This assembly has types of the same names, so as not to test the tables with the tables.
using Table = BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Tables;

/// <summary>Asks the running kernel which helpers it offers to which program type, and compares with the table.</summary>
public class HelperTableTests
{
    // A program type is offered these for other attach types than the one asked for, or not where the kernel is locked down or built without them.
    private static readonly HashSet<string> Conditional =
    [
        "bpf_override_return", "bpf_probe_write_user", "bpf_seq_printf", "bpf_seq_write", "bpf_seq_printf_btf", "bpf_get_func_arg",
        "bpf_get_func_ret", "bpf_get_func_arg_cnt", "bpf_get_attach_cookie", "bpf_probe_read", "bpf_probe_read_str",
    ];

    [KernelFact]
    public void TheKernelOffersWhatTheTableSays()
    {
        var kernel = Table.KernelVersion.Parse(File.ReadAllText("/proc/sys/kernel/osrelease"));
        int rawTracepoint = ProgramProbe.FindType("btf_trace_sys_enter");
        int offered = 0;
        var wrong = new List<string>();
        foreach (Table.ProgramType type in Enum.GetValues<Table.ProgramType>())
        {
            // These need a target before the kernel looks at the program.
            if (type is Table.ProgramType.Unspecified or Table.ProgramType.Extension or Table.ProgramType.StructOps or Table.ProgramType.Lsm)
                continue;
            if (type == Table.ProgramType.Tracing && rawTracepoint == 0)
                continue;
            // A type that this kernel was built without has no verdict.
            Table.AttachType[] attachTypes = AttachTypes(type);
            if (!Call(type, attachTypes[0], rawTracepoint, []).Contains("processed", StringComparison.Ordinal))
                continue;
            foreach (Table.Helper helper in Table.Helpers.All.Where(h => !Conditional.Contains(h.Name)))
            {
                // Older kernels refuse these already for the program that is not sleepable.
                if (helper.MightSleep && type != Table.ProgramType.Syscall)
                    continue;
                bool isRefused = attachTypes.All(a => IsRefused(Call(type, a, rawTracepoint, [Instruction.Create(Opcode.Call, 0, 0, 0, helper.Id)])));
                // The verifier refuses spin locks and timers later, when it looks at the map they are in.
                bool isLate = helper.Name.StartsWith("bpf_spin_") || helper.Name.StartsWith("bpf_timer_");
                if (helper.IsAvailable(type, kernel))
                {
                    offered++;
                    if (isRefused)
                        wrong.Add($"{type} is not offered {helper.Name}");
                }
                else if (!isRefused && !isLate && kernel <= new Table.KernelVersion(6, 12, 255))
                {
                    // Newer kernels than the table offer more, and the table gives versions that are late where it is not sure.
                    if (helper.SinceFor(type) is null && (type, helper.Name) != (Table.ProgramType.LwtSeg6Local, "bpf_skb_pull_data"))
                        wrong.Add($"{type} is offered {helper.Name}");
                }
            }
        }
        Assert.True(offered > 500, $"only {offered} offers were compared");
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    /// <summary>What programs of a type can be loaded for; the table offers a helper that one of them may call.</summary>
    private static Table.AttachType[] AttachTypes(Table.ProgramType type) => type switch
    {
        Table.ProgramType.Tracing => [Table.AttachType.TraceRawTp],
        Table.ProgramType.Kprobe or Table.ProgramType.SchedCls or Table.ProgramType.SkSkb => [0],
        _ => [.. Table.Hooks.All.Where(h => h.ProgramType == type).Select(h => h.AttachType ?? 0).Distinct()],
    };

    private static bool IsRefused(string verdict) =>
        // An empty verdict is about the attach type.
        verdict.Length == 0 || verdict.Contains("cannot use helper") || verdict.Contains("unknown func") || verdict.Contains("invalid func");

    /// <summary>The verifier's log for a program that makes a call and returns 1, which every type allows.</summary>
    private static string Call(Table.ProgramType type, Table.AttachType attachType, int rawTracepoint, Instruction[] call) => ProgramProbe.Load(
        type,
        attachType,
        type == Table.ProgramType.Syscall ? ProgramProbe.Sleepable : 0,
        type == Table.ProgramType.Tracing ? rawTracepoint : 0,
        [.. call, .. ProgramProbe.Return(1)]).Log;
}
