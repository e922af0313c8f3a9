using System.Diagnostics;
using System.Runtime.InteropServices;
using BpfSharp.Benchmarks.Code;

namespace BpfSharp.Benchmarks.Runtime;

/// <summary>Ring-buffer reading next to libbpf's in C, of the same ring.</summary>
internal sealed partial class RingSuite : IDisposable
{
    private const ulong NoWakeUp = 1;
    private const int Rounds = 21;

    private readonly BpfObject _object;
    private readonly BpfProgram _program;
    private readonly BpfRingBuffer _ring;
    private readonly BpfRingBuffer<Sixteen> _small;
    private readonly BpfRingBuffer<SixtyFour> _middle;
    private readonly BpfRingBuffer<TwoHundredFiftySix> _large;
    private readonly BpfRecordHandler<Sixteen> _onSmall;
    private readonly BpfRecordHandler<SixtyFour> _onMiddle;
    private readonly BpfRecordHandler<TwoHundredFiftySix> _onLarge;
    private long _got;
    private ulong _sum;

    private RingSuite(Clang clang)
    {
        _object = BpfObjectFile.Open(clang.Compile("ringprod", "v3")).Load();
        _program = _object.Program("ring_produce");
        BpfMap map = _object.Map("rp_ring");
        (_ring, _small, _middle, _large) = (new(map), new(map), new(map), new(map));
        _onSmall = (in r) => { _got++; _sum += r.First; };
        _onMiddle = (in r) => { _got++; _sum += r.First; };
        _onLarge = (in r) => { _got++; _sum += r.First; };
    }

    /// <summary>Runs the suite; 0 if every case was compared.</summary>
    public static int Run()
    {
        try
        {
            using Clang clang = new();
            using RingSuite suite = new(clang);
            suite.Compare();
            return 0;
        }
        catch (Exception e) when (e is PeerMissingException or BpfException or IOException)
        {
            Console.Error.WriteLine($"ring: {e.Message}");
            return 1;
        }
    }

    public void Dispose() => _object.Dispose();

    private void Compare()
    {
        using CDriver peer = new("ringbench", _program.Info.Id, _ring.Info.Id);
        List<string> ratios = [];
        Comparison.Head();
        CpuPinning.Pin();
        foreach (int size in (int[])[16, 64, 256])
            ratios.Add($"drain{size}={Comparison.Run($"drain {size} B", Rounds, () => Drain(size), () => peer.Round($"drain {size}")):f3}");
        foreach (int count in (int[])[1, 10, 1000])
            ratios.Add($"alternate{count}={Comparison.Run($"produce {count}, poll", Rounds, () => Alternate(count), () => peer.Round($"alternate {count}")):f3}");
        foreach (int size in (int[])[16, 64, 256])
            ratios.Add($"stream{size}={Comparison.Run($"stream {size} B", Rounds, () => Stream(size), () => 1e9 / peer.Round($"stream {size}")):f3}");
        CpuPinning.Pin(-1);
        ratios.Add($"allocated={Allocated()}");
        ratios.Add($"async={AsyncRecords() / 1e6:f1}M/s");
        Console.WriteLine($"RATIO ring {string.Join(' ', ratios)}");
        if (_sum == 1) Console.WriteLine();
    }

    private double Drain(int size)
    {
        int count = (int)Math.Min((64u << 20) / (uint)(size + 8) * 9 / 10, 200_000);
        Produce(count, size, NoWakeUp);
        _got = 0;
        long start = CpuClock.Now;
        Consume(size);
        double ns = (double)(CpuClock.Now - start) / count;
        return _got == count ? ns : throw new BpfException($"drained {_got} of {count}");
    }

    private double Alternate(int batch)
    {
        int loops = batch >= 1000 ? 50 : 2000;
        _got = 0;
        long start = CpuClock.Now;
        for (int i = 0; i < loops; i++)
        {
            Produce(batch, 64, 0);
            if (_middle.Wait(TimeSpan.Zero)) _middle.Consume(_onMiddle);
        }

        double ns = (double)(CpuClock.Now - start) / _got;
        return _got == (long)loops * batch ? ns : throw new BpfException($"polled {_got}");
    }

    private double Stream(int size)
    {
        bool stop = false;
        _got = 0;
        Thread producer = new(() =>
        {
            CpuPinning.Pin(0);
            while (!Volatile.Read(ref stop)) Produce(1000, size, NoWakeUp);
        });
        producer.Start();
        long start = Stopwatch.GetTimestamp();
        TimeSpan elapsed;
        while ((elapsed = Stopwatch.GetElapsedTime(start)).TotalMilliseconds < 200) Consume(size);
        long seen = _got;
        Volatile.Write(ref stop, true);
        producer.Join();
        Consume(size);
        return elapsed.TotalNanoseconds / seen;
    }

    private double Allocated()
    {
        const int Count = 100_000;
        Produce(Count, 64, NoWakeUp);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Consume(64);
        return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / Count;
    }

    private double AsyncRecords()
    {
        const int Count = 500_000;
        double[] rates = new double[9];
        for (int i = 0; i < rates.Length; i++)
        {
            Produce(Count, 64, NoWakeUp);
            long start = Stopwatch.GetTimestamp();
            Read().GetAwaiter().GetResult();
            rates[i] = Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(rates);
        return rates[rates.Length / 2];

        async Task Read()
        {
            int left = Count;
            await foreach (SixtyFour record in _middle.ReadAllAsync().ConfigureAwait(false))
            {
                _sum += record.First;
                if (--left == 0) return;
            }
        }
    }

    private void Consume(int size)
    {
        switch (size)
        {
            case 16: _small.Consume(_onSmall); break;
            case 64: _middle.Consume(_onMiddle); break;
            default: _large.Consume(_onLarge); break;
        }
    }

    private void Produce(int count, int size, ulong flags)
    {
        Arguments arguments = new() { Count = (uint)count, Size = (uint)size, Flags = flags };
        _program.TestRun(ref arguments);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public uint Count, Size;
        public ulong Flags, Dropped;
    }

    [StructLayout(LayoutKind.Sequential, Size = 16)]
    private struct Sixteen
    {
        public ulong First;
    }

    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct SixtyFour
    {
        public ulong First;
    }

    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct TwoHundredFiftySix
    {
        public ulong First;
    }
}
