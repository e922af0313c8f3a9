using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Syscalls;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Whom perf events are of: a process with all its threads, one thread, or those who touch a place in memory.</summary>
public class PerfEventTests
{
    /// <summary>The thread that is looked for is not the process's first.</summary>
    [KernelFact(Needs = KernelNeeds.PerfEvents)]
    public void EachThreadOfAProcessIsSampled()
    {
        using BpfObject loaded = OfThread().Load();
        using Spinner spinner = new();
        using BpfLinks links = loaded.Program("count").AttachPerfEvent(BpfPerfEvent.CpuClock(1000) with { ProcessId = Environment.ProcessId });
        spinner.UntilSampled(loaded);
        Assert.Contains("no process", Assert.Throws<BpfException>(() => loaded.Program("count").AttachPerfEvent(BpfPerfEvent.CpuClock() with { ProcessId = int.MaxValue })).Message, StringComparison.Ordinal);
    }

    [KernelFact(Minimum = "5.13", Needs = KernelNeeds.PerfEvents)]
    public void ThreadsThatAreMadeLaterAreSampled()
    {
        using BpfObject loaded = OfThread().Load();
        using BpfLinks links = loaded.Program("count").AttachPerfEvent(BpfPerfEvent.CpuClock(1000) with { ProcessId = Environment.ProcessId });
        using Spinner spinner = new();
        spinner.UntilSampled(loaded);
    }

    [KernelFact(Needs = KernelNeeds.PerfEvents)]
    public void OneThreadIsSampled()
    {
        using BpfObject loaded = OfThread().Load();
        using Spinner spinner = new();
        using BpfLinks links = loaded.Program("count").AttachPerfEvent(BpfPerfEvent.CpuClock(1000) with { ThreadId = spinner.ThreadId });
        Assert.Single(links.Items);
        spinner.UntilSampled(loaded);
        Assert.Equal(0, loaded.ReadGlobal<long>(".bss", 16));
    }

    [KernelTheory(Needs = KernelNeeds.Watchpoints)]
    [InlineData(BpfMemoryAccess.Write, 7, 7)]
    // An emulated processor (QEMU's) reports an access as often as it translates the code again.
    [InlineData(BpfMemoryAccess.ReadWrite, 12, 120)]
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

    /// <summary>A thread that runs until it is disposed, or has had five seconds of a processor: 5,000 samples.</summary>
    private sealed class Spinner : IDisposable
    {
        private const long Most = 5_000_000_000;
        private readonly Thread _thread;
        private volatile bool _stop;
        private volatile int _id;

        public Spinner()
        {
            _thread = new(() =>
            {
                _id = CurrentThread;
                string used = $"/proc/self/task/{_id}/schedstat";
                while (!_stop && long.Parse(File.ReadAllText(used).Split(' ')[0], CultureInfo.InvariantCulture) < Most)
                    for (int i = 0; i < 1000; i++) Thread.SpinWait(100);
            });
            _thread.Start();
            while (_id == 0) Thread.Yield();
        }

        public int ThreadId => _id;

        public static unsafe int CurrentThread => (int)Libc.Syscall(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 178 : 186, 0, null, 0);

        /// <summary>Lets it run until the program has seen ten samples of it.</summary>
        public void UntilSampled(BpfObject loaded)
        {
            loaded.WriteGlobal(".bss", 8, (long)ThreadId);
            while (loaded.ReadGlobal<long>(".bss", 0) < 10 && _thread.IsAlive) Thread.Sleep(1);
            Assert.InRange(loaded.ReadGlobal<long>(".bss", 0), 10, long.MaxValue);
        }

        public void Dispose()
        {
            _stop = true;
            _thread.Join();
        }
    }
}
