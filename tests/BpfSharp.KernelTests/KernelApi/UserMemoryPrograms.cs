using System.Runtime.CompilerServices;
using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Sixteen bytes of a string.</summary>
[InlineArray(16)]
internal struct ShortText
{
    private byte _first;
}

/// <summary>What <see cref="UserMemoryPrograms"/> reads, and what it found.</summary>
internal struct UserRead
{
    public ulong Address;
    public int Length;
    public uint Number;
    public ShortText Text;
}

/// <summary>A record that is larger than the programs' stack, with a gap that nobody fills.</summary>
internal struct LongRecord
{
#pragma warning disable CS0649 // What nobody sets has to arrive as zero.
    public byte Kind;
#pragma warning restore CS0649
    public ulong Address;
    public PathText Path;
    public ushort Last;
}

/// <summary>Six hundred bytes of a string.</summary>
[InlineArray(600)]
internal struct PathText
{
    private byte _first;
}

/// <summary>Programs that read the memory of the process that runs them.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class UserMemoryPrograms
{
    [BpfMap(MaxEntries = 4096)]
    internal static partial RingBuffer<LongRecord> Records { get; }

    [BpfProgram(BpfHook.Syscall)]
    internal static int Read(SyscallContext<UserRead> ctx)
    {
        ref UserRead read = ref ctx.Value;
        ShortText text = default;
        read.Length = Bpf.ReadUserString(read.Address, text);
        read.Text = text;
        return Bpf.TryReadUser(read.Address, out read.Number) ? 1 : 0;
    }

    [BpfProgram(BpfHook.Syscall)]
    internal static int Record(SyscallContext<UserRead> ctx)
    {
        if (!Records.TryReserve(out Reservation<LongRecord> record)) return -1;
        record.Value.Address = ctx.Value.Address;
        Bpf.ReadUserString(ctx.Value.Address, record.Value.Path);
        if (ctx.Value.Length > 0) record.Value.Last = (ushort)ctx.Value.Length;
        record.Submit();
        return 0;
    }
}
