using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Syscalls;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Whom perf events are of: a process with all its threads, one thread, or those who touch a place in memory.</summary>
public class PerfEventTests
{
    /// <summary>The thread that is looked for is never the process's first: it is there before the program is attached, or made afterwards (kernel 5.13).</summary>
    [KernelTheory(Minimum = "5.13", Needs = KernelNeeds.PerfEvents)]
    [InlineData(false)]
    [InlineData(true)]
    public void EachThreadOfAProcessIsSampled(bool isMadeLater)
    {
        using BpfObject loaded = OfThread().Load();
        using Spinner? before = isMadeLater ? null : new();
        using (BpfLinks links = loaded.Program("count").AttachPerfEvent(BpfPerfEvent.CpuClock(1000) with { ProcessId = Environment.ProcessId }))
        {
            Assert.True(links.Items.Count >= Directory.GetDirectories("/proc/self/task").Length / 2);
            using Spinner? after = isMadeLater ? new() : null;
            loaded.WriteGlobal(".bss", 8, (long)(before ?? after)!.ThreadId);
            while (loaded.ReadGlobal<long>(".bss", 0) < 10) Thread.Sleep(1);
        }

        Assert.Contains("no process", Assert.Throws<BpfException>(() => loaded.Program("count").AttachPerfEvent(BpfPerfEvent.CpuClock() with { ProcessId = int.MaxValue })).Message, StringComparison.Ordinal);
    }

    [KernelFact(Needs = KernelNeeds.PerfEvents)]
    public void OneThreadIsSampled()
    {
        using BpfObject loaded = OfThread().Load();
        using Spinner spinner = new();
        using BpfLinks links = loaded.Program("count").AttachPerfEvent(BpfPerfEvent.CpuClock(1000) with { ThreadId = spinner.ThreadId });
        Assert.Single(links.Items);
        loaded.WriteGlobal(".bss", 8, (long)spinner.ThreadId);
        while (loaded.ReadGlobal<long>(".bss", 0) < 10) Thread.Sleep(1);
        Assert.Equal(0, loaded.ReadGlobal<long>(".bss", 16));
    }

    [KernelTheory(Needs = KernelNeeds.Watchpoints)]
    [InlineData(BpfMemoryAccess.Write, 7, 7)]
    // An emulated processor (QEMU's) may report a read twice.
    [InlineData(BpfMemoryAccess.ReadWrite, 12, 17)]
    public unsafe void AccessesToMemoryAreCounted(BpfMemoryAccess access, int least, int most)
    {
        using BpfObject loaded = OfThread().Load();
        loaded.WriteGlobal(".bss", 8, (long)Spinner.CurrentThread);
        long* place = (long*)NativeMemory.AlignedAlloc(8, 8);
        using (BpfLinks links = loaded.Program("count").AttachPerfEvent(BpfPerfEvent.Watchpoint((nint)place, 8, access, Environment.ProcessId)))
        {
            for (int i = 0; i < 7; i++) Write(place, i);
            for (int i = 0; i < 5; i++) Read(place);
        }

        Write(place, 1);
        NativeMemory.AlignedFree(place);
        Assert.InRange(loaded.ReadGlobal<long>(".bss", 0), least, most);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void Write(long* place, long value) => Volatile.Write(ref *place, value);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe long Read(long* place) => Volatile.Read(ref *place);

    /// <summary>Counts the samples of the thread whose number is at .bss+8, and at .bss+16 those of others.</summary>
    private static BpfOpenObject OfThread() => CodeBuilder.Open(
        [
            new CodeBuilder().Helper(14).Lower(0).LoadData(1, ".bss", 0).Move(2, 1).Load64(3, 1, 8).JumpIfEqual(3, 0, 3).JumpIfNotSame(0, 3, 3)
                .AtomicAdd64(1, 0, 2).Return(0).AtomicAdd64(1, 16, 2).Return(0).Function("count", "perf_event"),
        ],
        data: [new() { Name = ".bss", Content = [.. new byte[24]] }]);

    /// <summary>A thread that runs until it is disposed.</summary>
    private sealed class Spinner : IDisposable
    {
        private readonly Thread _thread;
        private volatile bool _stop;
        private volatile int _id;

        public Spinner()
        {
            _thread = new(() =>
            {
                _id = CurrentThread;
                while (!_stop) Thread.SpinWait(100);
            });
            _thread.Start();
            while (_id == 0) Thread.Yield();
        }

        public int ThreadId => _id;

        public static unsafe int CurrentThread => (int)Libc.Syscall(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 178 : 186, 0, null, 0);

        public void Dispose()
        {
            _stop = true;
            _thread.Join();
        }
    }
}
