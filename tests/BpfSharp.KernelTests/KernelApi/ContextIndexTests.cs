using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Kernel;

namespace BpfSharp.KernelTests.KernelApi;

/// <summary>Loads a system call's argument by an index that only the run tells.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class ContextIndexPrograms
{
    internal static uint index;
    internal static uint process;
    internal static ulong found;
    internal static ulong sum;
    internal static ulong referred;

    [BpfProgram(BpfHook.Tracepoint, "raw_syscalls/sys_enter")]
    internal static int Enter(TracepointContext<SysEnter> ctx)
    {
        if (Bpf.CurrentProcessId != process || ctx.Record.Arguments[0] != ContextIndexTests.Option) return 0;
        ulong all = 0;
        for (int i = 0; i < 6; i++) all += ctx.Record.Arguments[i];
        sum = all;
        found = ctx.Record.Arguments[(int)index];
        referred = Chosen(in ctx.Record, (int)index);
        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Chosen(in SysEnter record, int index) => record.Arguments[index] * 2;
}

/// <summary>Writes to its context at a place that only the run tells.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class ContextWritePrograms
{
    [InlineArray(6)]
    internal struct Numbers
    {
        private ushort _first;
    }

    internal struct Argument
    {
        public uint Index;
        public Numbers Numbers;
    }

    [BpfProgram(BpfHook.Syscall)]
    internal static int Write(SyscallContext<Argument> ctx)
    {
        ref Argument argument = ref ctx.Value;
        argument.Numbers[(int)argument.Index] += 7;
        Put(ctx, (argument.Index + 1) % 6);
        return argument.Numbers[(int)argument.Index];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Put(SyscallContext<Argument> ctx, uint index) => ctx.Value.Numbers[(int)index] = 99;
}

/// <summary>The verifier takes loads from the context at constant offsets only: what an index chooses is taken from a copy.</summary>
public sealed partial class ContextIndexTests
{
    /// <summary>No option that <c>prctl</c> has.</summary>
    internal const ulong Option = 0x5150_4F52;

    [KernelFact(Needs = KernelNeeds.Tracepoints)]
    public void ArgumentsByIndex()
    {
        using ContextIndexPrograms programs = ContextIndexPrograms.Load();
        programs.Globals.Process = (uint)Environment.ProcessId;
        using BpfAttachment attached = programs.AttachAll();
        for (uint i = 1; i < 5; i++)
        {
            programs.Globals.Index = i;
            Assert.Equal(-1, Control((int)Option, 11, 22, 33, 44));
            Assert.Equal(11 * i, programs.Globals.Found);
            Assert.Equal(22 * i, programs.Globals.Referred);
            Assert.True(programs.Globals.Sum >= Option + 110, $"the sum is {programs.Globals.Sum}");
        }
        // Beyond the end it is a fault, and nothing is stored.
        programs.Globals.Index = 6;
        Assert.Equal(-1, Control((int)Option, 55, 0, 0, 0));
        Assert.Equal(44UL, programs.Globals.Found);
    }

    [KernelFact(Minimum = "5.14")]
    public void WritesByIndex()
    {
        using ContextWritePrograms programs = ContextWritePrograms.Load();
        for (uint i = 0; i < 6; i++)
        {
            ContextWritePrograms.Argument argument = new() { Index = i };
            for (int n = 0; n < 6; n++) argument.Numbers[n] = (ushort)(n + 1);
            Assert.Equal(i + 8, programs.Programs.Write.TestRun(ref argument).ReturnValue);
            for (int n = 0; n < 6; n++) Assert.Equal(n == i ? n + 8 : n == (i + 1) % 6 ? 99 : n + 1, argument.Numbers[n]);
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, ulong a, ulong b, ulong c, ulong d);
}
