using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Instructions;
// This assembly has types of the same names, so as not to test the tables with the tables.
using Table = BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Tables;

/// <summary>Asks the running kernel which helpers it offers to which program type, and compares with the table.</summary>
public unsafe partial class HelperTableTests
{
    private const string KernelTypes = "/sys/kernel/btf/vmlinux";
    private const int ProgramLoad = 5;
    private const int Sleepable = 1 << 4;

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
        int rawTracepoint = FindRawTracepoint();
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
            if (!Verdict(type, attachTypes[0], rawTracepoint, []).Contains("processed", StringComparison.Ordinal))
                continue;
            foreach (Table.Helper helper in Table.Helpers.All.Where(h => !Conditional.Contains(h.Name)))
            {
                // Older kernels refuse these already for the program that is not sleepable.
                if (helper.MightSleep && type != Table.ProgramType.Syscall)
                    continue;
                bool isRefused = attachTypes.All(a => IsRefused(Verdict(type, a, rawTracepoint, [Instruction.Create(Opcode.Call, 0, 0, 0, helper.Id)])));
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

    private static string Verdict(Table.ProgramType type, Table.AttachType attachType, int rawTracepoint, Instruction[] call)
    {
        // 1 is a result that every type allows.
        byte[] code = InstructionCodec.Encode(
        [
            .. call,
            Instruction.Create(OpcodeClass.Alu64 | AluOperation.Move | OperandSource.Immediate, 0, 0, 0, 1),
            Instruction.Create(Opcode.Exit, 0, 0, 0, 0),
        ]);
        byte[] log = new byte[8192];
        fixed (byte* codePointer = code, logPointer = log, license = "GPL\0"u8)
        {
            byte* attributes = stackalloc byte[128];
            var data = new Span<byte>(attributes, 128);
            data.Clear();
            BinaryPrimitives.WriteInt32LittleEndian(data, (int)type);
            BinaryPrimitives.WriteInt32LittleEndian(data[4..], code.Length / Instruction.Size);
            BinaryPrimitives.WriteInt64LittleEndian(data[8..], (long)codePointer);
            BinaryPrimitives.WriteInt64LittleEndian(data[16..], (long)license);
            BinaryPrimitives.WriteInt32LittleEndian(data[24..], 1);
            BinaryPrimitives.WriteInt32LittleEndian(data[28..], log.Length);
            BinaryPrimitives.WriteInt64LittleEndian(data[32..], (long)logPointer);
            BinaryPrimitives.WriteInt32LittleEndian(data[44..], type == Table.ProgramType.Syscall ? Sleepable : 0);
            BinaryPrimitives.WriteInt32LittleEndian(data[68..], (int)attachType);
            BinaryPrimitives.WriteInt32LittleEndian(data[108..], type == Table.ProgramType.Tracing ? rawTracepoint : 0);
            int number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321;
            nint descriptor = Bpf(number, ProgramLoad, attributes, 120);
            if (descriptor >= 0)
                _ = Close((int)descriptor);
        }
        return Encoding.UTF8.GetString(log, 0, log.AsSpan().IndexOf((byte)0));
    }

    private static int FindRawTracepoint()
    {
        if (!File.Exists(KernelTypes))
            return 0;
        BtfTypes types = BtfReader.Read(File.ReadAllBytes(KernelTypes));
        return types.Select((t, i) => (t, i)).FirstOrDefault(p => p.t is BtfTypedef { Name: "btf_trace_sys_enter" }, (null!, -1)).Item2 + 1;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Bpf(nint number, int command, byte* attributes, uint size);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
