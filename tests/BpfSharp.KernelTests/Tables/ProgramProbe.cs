using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Instructions;
using Table = BpfSharp.Objects.Kernel;

namespace BpfSharp.KernelTests.Tables;

/// <summary>Loads programs only to hear what the kernel says of them.</summary>
internal static unsafe partial class ProgramProbe
{
    /// <summary><c>BPF_F_SLEEPABLE</c>.</summary>
    public const int Sleepable = 1 << 4;

    /// <summary><c>BPF_F_XDP_HAS_FRAGS</c>.</summary>
    public const int Fragments = 1 << 5;

    private const int ProgramLoad = 5;
    private const int LockedMemory = 8;
    private const string KernelTypes = "/sys/kernel/btf/vmlinux";

    private static readonly Lazy<Dictionary<string, int>> Targets = new(static () =>
        !File.Exists(KernelTypes)
            ? []
            : BtfReader.Read(File.ReadAllBytes(KernelTypes))
                .Select(static (type, index) => (type, Id: index + 1))
                .Where(static t => t.type is BtfFunction or BtfTypedef)
                .GroupBy(static t => t.type.Name)
                .ToDictionary(static g => g.Key, static g => g.First().Id, StringComparer.Ordinal));

    static ProgramProbe()
    {
        // Kernels before 5.11 count programs against this limit, and give it back only some time after a program is gone.
        ulong* unlimited = stackalloc ulong[2] { ulong.MaxValue, ulong.MaxValue };
        _ = SetLimit(LockedMemory, unlimited);
    }

    /// <summary>The BTF id of a kernel function or type definition, 0 if there is none.</summary>
    public static int FindType(string name) => Targets.Value.GetValueOrDefault(name);

    /// <summary>A program's end.</summary>
    public static Instruction[] Return(int result) =>
    [
        Instruction.Create(OpcodeClass.Alu64 | AluOperation.Move | OperandSource.Immediate, 0, 0, 0, result),
        Instruction.Create(Opcode.Exit, 0, 0, 0, 0),
    ];

    /// <summary>Loads a program and lets it go.</summary>
    /// <returns>0 or the error number, and the verifier's log.</returns>
    public static (int Error, string Log) Load(Table.ProgramType type, Table.AttachType attachType, int flags, int target, Instruction[] program)
    {
        byte[] code = InstructionCodec.Encode(program);
        byte[] log = new byte[8192];
        int error = 0;
        fixed (byte* codePointer = code, logPointer = log, license = "GPL\0"u8)
        {
            byte* attributes = stackalloc byte[128];
            var data = new Span<byte>(attributes, 128);
            data.Clear();
            BinaryPrimitives.WriteInt32LittleEndian(data, (int)type);
            BinaryPrimitives.WriteInt32LittleEndian(data[4..], program.Length);
            BinaryPrimitives.WriteInt64LittleEndian(data[8..], (long)codePointer);
            BinaryPrimitives.WriteInt64LittleEndian(data[16..], (long)license);
            BinaryPrimitives.WriteInt32LittleEndian(data[24..], 1);
            BinaryPrimitives.WriteInt32LittleEndian(data[28..], log.Length);
            BinaryPrimitives.WriteInt64LittleEndian(data[32..], (long)logPointer);
            BinaryPrimitives.WriteInt32LittleEndian(data[44..], flags);
            BinaryPrimitives.WriteInt32LittleEndian(data[68..], (int)attachType);
            BinaryPrimitives.WriteInt32LittleEndian(data[108..], target);
            int number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321;
            nint descriptor = Bpf(number, ProgramLoad, attributes, 120);
            if (descriptor >= 0)
                _ = Close((int)descriptor);
            else
                error = Marshal.GetLastPInvokeError();
        }
        return (error, Encoding.UTF8.GetString(log, 0, log.AsSpan().IndexOf((byte)0)));
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Bpf(nint number, int command, byte* attributes, uint size);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, ulong* limits);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
