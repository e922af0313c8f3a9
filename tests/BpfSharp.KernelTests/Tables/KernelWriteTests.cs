using System.Globalization;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Instructions;
using BpfSharp.Objects.Kernel;
using KernelBtf = BpfSharp.KernelTests.Raw.KernelBtf;

namespace BpfSharp.KernelTests.Tables;

/// <summary>Stores to members of kernel structs by programs that have a pointer to one: the verifier allows those of the table and no others.</summary>
public sealed class KernelWriteTests
{
    private const int AccessDenied = 13;

    /// <summary>Members beside those of the table, for the other answer.</summary>
    private static readonly string[] s_readOnly = ["snd_una", "rcv_nxt", "inet_conn.icsk_ca_ops", "inet_conn.icsk_rto"];

    [KernelFact(Needs = KernelNeeds.StructOpsTcp)]
    public void CongestionControlWritesWhatTheTableSays()
    {
        BtfTypes types = BtfReader.Read(File.ReadAllBytes(KernelBtf.Path));
        uint operations = KernelBtf.Find(KernelBtf.Struct, "tcp_congestion_ops")!.Value;
        // u32 ssthresh(struct sock *sk): the verifier takes the argument for a tcp_sock.
        int function = ((BtfStruct)types[(int)operations]).Members.Select(static (m, i) => (m, i)).Single(static p => p.m.Name == "ssthresh").i;
        List<string> wrong = [];
        string[] allowed = [.. KernelWrites.Members.Where(static w => w.Struct == "tcp_sock" && w.Types.Contains(ProgramType.StructOps)).Select(static w => w.Member)];
        foreach (string member in (string[])[.. allowed, .. s_readOnly])
        {
            (int offset, int size) = Find(types, "tcp_sock", member);
            Instruction[] code =
            [
                Instruction.Create(0x79, 1, 1, 0, 0), Instruction.Create(0xb7, 0, 0, 0, 0),
                Instruction.Create(0x63 | (size switch { 1 => 0x10, 2 => 0x08, 4 => 0, _ => 0x18 }), 1, 0, offset, 0), Instruction.Create(0x95, 0, 0, 0, 0),
            ];
            (int error, string log) = ProgramProbe.Load(ProgramType.StructOps, (AttachType)function, 0, (int)operations, code);
            bool isAllowed = allowed.Contains(member);
            if (isAllowed ? error != 0 : error != AccessDenied) wrong.Add($"{member}: error {error}: {log}");
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    [KernelFact(Needs = KernelNeeds.BtfVmlinux)]
    public void TracingWritesNothing()
    {
        BtfTypes types = BtfReader.Read(File.ReadAllBytes(KernelBtf.Path));
        (int offset, _) = Find(types, "task_struct", "tgid");
        Instruction[] code =
            [Instruction.Create(0x79, 1, 1, 0, 0), Instruction.Create(0xb7, 0, 0, 0, 0), Instruction.Create(0x63, 1, 0, offset, 0), Instruction.Create(0x95, 0, 0, 0, 0)];
        (int error, string log) = ProgramProbe.Load(ProgramType.Tracing, AttachType.TraceRawTp, 0, ProgramProbe.FindType("btf_trace_sched_process_exec"), code);
        Assert.True(error == AccessDenied, string.Create(CultureInfo.InvariantCulture, $"error {error}: {log}"));
    }

    private static (int Offset, int Size) Find(BtfTypes types, string type, string path)
    {
        BtfType at = types.OfType<BtfStruct>().First(s => s.Name == type && s.Members.Length > 0);
        int offset = 0;
        foreach (string name in path.Split('.'))
        {
            BtfMember member = ((BtfStruct)at).Members.First(m => m.Name == name);
            offset += member.BitOffset / 8;
            at = types[types.Resolve(member.TypeId)];
        }

        return (offset, at switch { BtfInt i => i.Size, BtfPointer => 8, BtfArray a => types[types.Resolve(a.ElementTypeId)] is BtfInt element ? element.Size : 4, _ => 4 });
    }
}
