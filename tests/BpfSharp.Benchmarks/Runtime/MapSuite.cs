using System.Runtime.CompilerServices;
using BpfSharp.Benchmarks.Code;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Benchmarks.Runtime;

/// <summary>Map operations next to libbpf's in C, on the same maps.</summary>
internal sealed class MapSuite : IDisposable
{
    // As in Peers/mapops.c.
    private const int Small = 4000, Operations = 4000, Big = 100_000, Reads = 1_000_000;
    // Rounds of a few milliseconds: shorter than what a busy machine gives a process at a time.
    private const int Rounds = 201;

    private readonly BpfHashMap<uint, ulong> _hash = new(BpfMap.Create(new MapSpec { Name = "small", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = Small }));
    private readonly BpfHashMap<uint, ulong> _big = new(BpfMap.Create(new MapSpec { Name = "big", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = Big }));
    private readonly BpfArray<ulong> _array = new(BpfMap.Create(
        new MapSpec { Name = "array", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = Small, Flags = BpfMapFlags.Mmapable }));

    private readonly uint[] _keys = new uint[Operations], _batchKeys = new uint[Big];
    private readonly ulong[] _batchValues = new ulong[Big];
    private ulong _sum;

    /// <summary>Runs the suite; 0 if every case was compared.</summary>
    public static int Run()
    {
        try
        {
            using MapSuite suite = new();
            suite.Compare();
            return 0;
        }
        catch (Exception e) when (e is PeerMissingException or BpfException or IOException)
        {
            Console.Error.WriteLine($"maps: {e.Message}");
            return 1;
        }
    }

    public void Dispose()
    {
        _hash.Dispose();
        _big.Dispose();
        _array.Dispose();
    }

    private void Compare()
    {
        Fill();
        CpuPinning.Pin();
        using CDriver peer = new("mapops", _hash.Info.Id, _big.Info.Id, _array.Info.Id);
        (string Name, Func<double> Ours)[] cases =
        [
            ("lookup", Lookup), ("miss", Miss), ("update", Update), ("insert", Insert), ("delete", Delete), ("enumerate", Enumerate),
            ("lookup-batch", LookUpBatch), ("update-batch", UpdateBatch), ("delete-batch", DeleteBatch), ("mmap-read", ReadMapped), ("mmap-index", IndexMapped),
        ];
        Comparison.Head();
        string[] ratios = [.. cases.Select(c => $"{c.Name}={Comparison.Run(c.Name, c.Name.Contains('-') || c.Name == "enumerate" ? Rounds / 4 : Rounds, c.Ours, () => peer.Round(c.Name == "mmap-index" ? "mmap-read" : c.Name)):f3}")];
        // A process of .NET has several threads, and the kernel asks more of such a process in every call: the same with a second thread there, too.
        peer.Round("thread");
        string[] threaded = [.. cases[..5].Select(c => $"{c.Name}-threads={Comparison.Run($"{c.Name}, 2 threads", Rounds, c.Ours, () => peer.Round(c.Name)):f3}")];
        Console.WriteLine($"RATIO maps {string.Join(' ', ratios)} {string.Join(' ', threaded)}");
        if (_sum == 1) Console.WriteLine();
    }

    private void Fill()
    {
        for (uint i = 0; i < Small; i++) _hash[i] = i;
        PrepareBatch();
        _big.SetRange(_batchKeys, _batchValues);
        uint x = 12345;
        for (int i = 0; i < Operations; i++)
        {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
            _keys[i] = x % Small;
        }
    }

    private double Lookup()
    {
        long start = CpuClock.Now;
        ulong sum = 0;
        foreach (uint key in _keys)
            if (_hash.TryGetValue(key, out ulong value)) sum += value;
        _sum += sum;
        return PerOperation(start, Operations);
    }

    private double Miss()
    {
        long start = CpuClock.Now;
        foreach (uint key in _keys)
            if (_hash.TryGetValue(key + 1_000_000, out ulong value)) _sum += value;
        return PerOperation(start, Operations);
    }

    private double Update()
    {
        long start = CpuClock.Now;
        for (int i = 0; i < _keys.Length; i++) _hash.TryReplace(_keys[i], (ulong)i);
        return PerOperation(start, Operations);
    }

    private double Insert()
    {
        for (uint i = 0; i < Small; i++) _hash.Remove(i);
        long start = CpuClock.Now;
        for (uint i = 0; i < Small; i++) _hash.TryAdd(i, i);
        return PerOperation(start, Small);
    }

    private double Delete()
    {
        long start = CpuClock.Now;
        for (uint i = 0; i < Small; i++) _hash.Remove(i);
        double ns = PerOperation(start, Small);
        for (uint i = 0; i < Small; i++) _hash.TryAdd(i, i);
        return ns;
    }

    private double Enumerate()
    {
        long start = CpuClock.Now;
        ulong sum = 0;
        int count = 0;
        foreach ((uint _, ulong value) in _big)
        {
            sum += value;
            count++;
        }

        _sum += sum;
        return Checked(count, PerOperation(start, Big));
    }

    private double LookUpBatch()
    {
        long start = CpuClock.Now;
        int count = _big.CopyTo(_batchKeys, _batchValues);
        return Checked(count, PerOperation(start, Big));
    }

    private double UpdateBatch()
    {
        PrepareBatch();
        long start = CpuClock.Now;
        int count = _big.SetRange(_batchKeys, _batchValues);
        return Checked(count, PerOperation(start, Big));
    }

    private double DeleteBatch()
    {
        PrepareBatch();
        long start = CpuClock.Now;
        int count = _big.RemoveRange(_batchKeys);
        double ns = Checked(count, PerOperation(start, Big));
        _big.SetRange(_batchKeys, _batchValues);
        return ns;
    }

    private double ReadMapped()
    {
        ReadOnlySpan<ulong> array = _array.AsSpan();
        long start = CpuClock.Now;
        ulong sum = 0;
        for (int r = 0; r < Reads / Operations; r++)
            foreach (uint key in _keys) sum += array[(int)key];
        _sum += sum;
        return PerOperation(start, Reads);
    }

    private double IndexMapped()
    {
        long start = CpuClock.Now;
        ulong sum = 0;
        for (int r = 0; r < Reads / Operations; r++) sum += Sum(_array, _keys);
        _sum += sum;
        return PerOperation(start, Reads);
    }

    // Apart, as in a program: the clock's system call takes the registers that a loop needs.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Sum(BpfArray<ulong> array, uint[] keys)
    {
        ulong sum = 0;
        foreach (uint key in keys) sum += array[(int)key];
        return sum;
    }

    private void PrepareBatch()
    {
        for (uint i = 0; i < Big; i++) (_batchKeys[i], _batchValues[i]) = (i, i);
    }

    private static double Checked(int count, double ns) => count == Big ? ns : throw new BpfException($"{count} entries of {Big}");

    private static double PerOperation(long start, int operations) => (double)(CpuClock.Now - start) / operations;
}
