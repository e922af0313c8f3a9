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

    [BpfProgram(BpfHook.Tracepoint, "raw_syscalls/sys_enter")]
    internal static int Enter(TracepointContext<SysEnter> ctx)
    {
        if (Bpf.CurrentProcessId != process || ctx.Record.Arguments[0] != ContextIndexTests.Option) return 0;
        ulong all = 0;
        for (int i = 0; i < 6; i++) all += ctx.Record.Arguments[i];
        sum = all;
        found = ctx.Record.Arguments[(int)index];
        return 0;
    }
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
            Assert.True(programs.Globals.Sum >= Option + 110, $"the sum is {programs.Globals.Sum}");
        }
        // Beyond the end it is a fault, and nothing is stored.
        programs.Globals.Index = 6;
        Assert.Equal(-1, Control((int)Option, 55, 0, 0, 0));
        Assert.Equal(44UL, programs.Globals.Found);
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, ulong a, ulong b, ulong c, ulong d);
}
