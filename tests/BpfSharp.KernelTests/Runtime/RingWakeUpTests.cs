using System.Globalization;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>
/// The kernel wakes a ring's reader only for a record that comes when the reader has told of all before it. So what comes while the reader has not told yet, and
/// wakes nobody, must be read before the reader leaves. An edge-triggered epoll says whether there was a wake-up.
/// </summary>
public sealed class RingWakeUpTests
{
    private const int RingBufferOutput = 130, RingSize = 1 << 15;

    /// <summary>The record comes from the handler: the reader has looked for more before, and not told yet.</summary>
    [KernelFact(Minimum = "5.8")]
    public void RecordThatComesWhileTheLastOneIsHandledIsReadOrWakes()
    {
        using BpfObject loaded = Producer().Load();
        BpfRingBuffer<long> ring = new(loaded.Map("ring"));
        using WakeUps wakeUps = new(ring);
        void Produce(int count) => loaded.Program("produce").TestRun(new byte[64], count);
        Produce(1);
        Assert.True(wakeUps.Came);
        int read = ring.Consume((in long number) =>
        {
            if (number == 1) Produce(1);
        });
        Assert.False(wakeUps.Came);
        Assert.Equal((2, 0ul), (read, ring.UnreadBytes));
    }

    /// <summary>
    /// The record comes right after the reader's first look, after its second, and so on to its last one: a watchpoint on the position that the kernel writes runs
    /// the program that makes the record.
    /// </summary>
    [KernelTheory(Minimum = "5.8", Needs = KernelNeeds.Watchpoints)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public void RecordThatComesAfterAnyLookIsReadOrWakes(int waiting)
    {
        using BpfObject loaded = Producer().Load();
        HashSet<nint> before = [.. ReadOnlyRings()];
        BpfRingBuffer<long> ring = new(loaded.Map("ring"));
        nint position = Assert.Single(ReadOnlyRings().Except(before));
        using WakeUps wakeUps = new(ring);
        using BpfLinks links = loaded.Program("react").AttachPerfEvent(BpfPerfEvent.Watchpoint(position, 8, BpfMemoryAccess.ReadWrite, Environment.ProcessId) with { ThreadId = 0 });
        int looks = 0;
        while (true)
        {
            loaded.Program("produce").TestRun(new byte[64], waiting > 0 ? waiting : 1);
            // On an empty ring it is another way: it looks again a few times.
            if (waiting == 0) Assert.Equal(1, ring.Consume(static (in long _) => { }));
            _ = wakeUps.Came;
            loaded.WriteGlobal<long>(".bss", 8, looks + 1);
            int read = ring.Consume(static (in long _) => { });
            bool came = loaded.ReadGlobal<long>(".bss", 8) <= 0;
            loaded.WriteGlobal<long>(".bss", 8, 0);
            bool woke = wakeUps.Came;
            Assert.Equal(0, loaded.ReadGlobal<long>(".bss", 16));
            if (!came)
            {
                Assert.Equal(waiting, read);
                break;
            }

            Assert.True(read == waiting + 1 || woke, $"the record that came after look {looks + 1} was not read and woke nobody");
            Assert.Equal(waiting + 1 - read, ring.Consume(static (in long _) => { }));
            _ = wakeUps.Came;
            looks++;
        }

        // It looks once before it tells, and once after; on an empty ring once.
        Assert.InRange(looks, waiting > 0 ? 2 : 1, int.MaxValue);
    }

    /// <summary>What the program asks for (<c>BPF_RB_NO_WAKEUP</c> 1, <c>BPF_RB_FORCE_WAKEUP</c> 2) counts more than where the reader is.</summary>
    [KernelTheory(Minimum = "5.8")]
    [InlineData(0, true, false)]
    [InlineData(1, false, false)]
    [InlineData(2, true, true)]
    public void ProgramsDecideWhoIsWoken(int flags, bool first, bool second)
    {
        using BpfObject loaded = Producer(flags).Load();
        BpfRingBuffer<long> ring = new(loaded.Map("ring"));
        using WakeUps wakeUps = new(ring);
        for (int round = 0; round < 3; round++)
        {
            loaded.Program("produce").TestRun(new byte[64]);
            Assert.Equal(first, wakeUps.Came);
            // The reader is behind now.
            loaded.Program("produce").TestRun(new byte[64]);
            Assert.Equal(second, wakeUps.Came);
            Assert.Equal(2, ring.Consume(static (in long _) => { }));
        }
    }

    /// <summary>
    /// Programs that write their run's number: one that is told to, and one that counts .bss+8 down and writes when it is 0. Failures are counted at .bss+16.
    /// </summary>
    private static BpfOpenObject Producer(int flags = 0)
    {
        CodeBuilder Write(CodeBuilder code) => code
            .Load64(1, 6, 0).AddImmediate(1, 1).Store64(6, 0, 1).Store64(10, -8, 1)
            .LoadMap(1, "ring").MoveRegister(2, 10).AddImmediate(2, -8).Move(3, 8).Move(4, flags).Helper(RingBufferOutput)
            .JumpIfEqual(0, 0, 3).Load64(1, 6, 16).AddImmediate(1, 1).Store64(6, 16, 1)
            .Return(0);
        return CodeBuilder.Open(
            [
                Write(new CodeBuilder().LoadData(6, ".bss", 0)).Function("produce", "socket"),
                Write(new CodeBuilder().LoadData(6, ".bss", 0).Load64(1, 6, 8).AddImmediate(1, -1).Store64(6, 8, 1).JumpIfEqual(1, 0, 2).Return(0)).Function("react", "perf_event"),
            ],
            [new() { Name = "ring", Type = MapType.RingBuffer, MaxEntries = RingSize }],
            [new() { Name = ".bss", Content = [.. new byte[24]] }]);
    }

    /// <summary>Where rings of this size have the page with the kernel's position, which is read only.</summary>
    private static IEnumerable<nint> ReadOnlyRings()
    {
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            // "7f0000000000-7f0000011000 r--s 00001000 00:0e 1029 anon_inode:bpf-map"
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries), ends = parts[0].Split('-');
            nint start = nint.Parse(ends[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), end = nint.Parse(ends[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (parts[^1].Contains("bpf-map", StringComparison.Ordinal) && parts[1] == "r--s" && end - start == Environment.SystemPageSize + (2 * RingSize)) yield return start;
        }
    }

    /// <summary>Whether the kernel woke the ring's readers: an epoll that tells each wake-up once.</summary>
    private sealed unsafe class WakeUps : IDisposable
    {
        private const uint Readable = 1, EdgeTriggered = 1u << 31;
        private const int Add = 1, CloseOnExec = 0x80000;
        private readonly BpfHandle _epoll = new(Libc.EpollCreate(CloseOnExec), "epoll");

        public WakeUps(BpfMap ring)
        {
            byte* entry = stackalloc byte[16];
            *(uint*)entry = Readable | EdgeTriggered;
            Assert.Equal(0, Libc.EpollControl(_epoll.Fd, Add, ring.Fd, entry));
        }

        /// <summary>Whether one came since it was asked last.</summary>
        public bool Came
        {
            get
            {
                byte* entry = stackalloc byte[16];
                int count = Libc.EpollWait(_epoll.Fd, entry, 1, 0);
                Assert.InRange(count, 0, 1);
                return count == 1;
            }
        }

        public void Dispose() => _epoll.Dispose();
    }
}
