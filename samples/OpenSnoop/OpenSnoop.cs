using System.Runtime.CompilerServices;
using System.Text;
using BpfSharp;
using BpfSharp.Kernel;

namespace Samples;

/// <summary>A path as a process passed it to the kernel: up to 255 bytes and a zero.</summary>
[InlineArray(256)]
public struct PathBytes
{
    private byte _first;

    /// <summary>The path up to its zero.</summary>
    public override readonly string ToString()
    {
        ReadOnlySpan<byte> bytes = this;
        return Encoding.UTF8.GetString(bytes[..bytes.IndexOf((byte)0)]);
    }
}

/// <summary>A file was opened, or could not be.</summary>
public struct OpenEvent
{
    public ulong Nanoseconds;
    public uint ProcessId;
    public uint ThreadId;
    public uint UserId;
    public int Result;      // The file descriptor, or a negative error number.
    public int Flags;
    public Comm16 Command;
    public PathBytes Path;
}

/// <summary>Tells of each openat(2): its arguments are kept when it begins, and joined with the result when it ends.</summary>
[BpfObject(License = "GPL")]
public partial class OpenSnoop
{
    public struct Call
    {
        public ulong Path;
        public int Flags;
    }

    [BpfMap(MaxEntries = 10_240)]
    static partial HashMap<uint, Call> Calls { get; }

    [BpfMap(MaxEntries = 1 << 20)]
    static partial RingBuffer<OpenEvent> Events { get; }

    static readonly uint OnlyPid;       // Set before the load; 0 is all processes.
    static readonly bool OnlyFailed;

    [BpfProgram(BpfHook.Tracepoint, "syscalls/sys_enter_openat")]
    static int Enter(TracepointContext<SysEnter> ctx)
    {
        if (OnlyPid != 0 && Bpf.CurrentProcessId != OnlyPid) return 0;
        Calls.Set(Bpf.CurrentThreadId, new Call { Path = ctx.Record.Arguments[1], Flags = (int)ctx.Record.Arguments[2] });
        return 0;
    }

    [BpfProgram(BpfHook.Tracepoint, "syscalls/sys_exit_openat")]
    static int Exit(TracepointContext<SysExit> ctx)
    {
        uint thread = Bpf.CurrentThreadId;
        if (!Calls.TryGetRef(thread, out Ref<Call> call)) return 0;
        int result = (int)ctx.Record.Result;
        if ((!OnlyFailed || result < 0) && Events.TryReserve(out Reservation<OpenEvent> opened))
        {
            opened.Value.Nanoseconds = Bpf.KtimeNanoseconds;
            opened.Value.ProcessId = Bpf.CurrentProcessId;
            opened.Value.ThreadId = thread;
            opened.Value.UserId = Bpf.CurrentUserId;
            opened.Value.Result = result;
            opened.Value.Flags = call.Value.Flags;
            Bpf.CurrentCommand(out opened.Value.Command);
            Bpf.ReadUserString(call.Value.Path, opened.Value.Path);
            opened.Submit();
        }
        Calls.Remove(thread);
        return 0;
    }
}
