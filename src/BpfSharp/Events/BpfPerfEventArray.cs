using System.Numerics;
using BpfSharp.Errors;
using BpfSharp.Events;
using BpfSharp.Maps;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>Takes a record of a perf buffer: the CPU it was written on and its bytes, which are gone when the call returns.</summary>
public delegate void BpfPerfRecordHandler(int cpu, ReadOnlySpan<byte> record);

/// <summary>
/// A perf buffer: a ring for each CPU that programs write with <c>bpf_perf_event_output</c> (<c>BPF_MAP_TYPE_PERF_EVENT_ARRAY</c>). Ring
/// buffers (kernel 5.8) are better at all it does; it is for older kernels. One reader at a time.
/// </summary>
public unsafe class BpfPerfEventArray : BpfMap
{
    private readonly List<PerfRing> _rings = [];

    /// <summary>Makes a view of a map and opens a ring on every CPU that runs.</summary>
    /// <param name="map">The map.</param>
    /// <param name="pagesPerCpu">The size of each ring in pages, a power of two.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfPerfEventArray(BpfMap map, int pagesPerCpu = 64) : base(map)
    {
        CheckKind(nameof(BpfPerfEventArray), MapType.PerfEventArray);
        if (!BitOperations.IsPow2(pagesPerCpu)) throw new ArgumentException($"{pagesPerCpu} pages are no power of two", nameof(pagesPerCpu));
        foreach (int cpu in PossibleCpus.Online())
        {
            if (cpu >= MaxEntries) break;
            PerfRing ring = PerfRing.Open(this, cpu, pagesPerCpu);
            DisposeWith(ring);
            _rings.Add(ring);
            int fd = ring.Fd;
            BpfError.Check(BpfSyscall.MapUpdate(Fd, &cpu, &fd, 0), $"put the ring of CPU {cpu} into {What}");
        }
    }

    /// <summary>How many records the kernel dropped because a ring was full, as far as the rings have been read.</summary>
    public long Lost => _rings.Sum(r => r.Lost);

    /// <summary>Gives every record that is there to <paramref name="handler"/>.</summary>
    /// <returns>How many records there were.</returns>
    public int Consume(BpfPerfRecordHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        int count = 0;
        foreach (PerfRing ring in _rings) count += ring.Drain(handler);
        return count;
    }

    /// <summary>The rings' descriptors, for an event loop.</summary>
    internal IEnumerable<int> Descriptors => _rings.Select(r => r.Fd);

    /// <summary>Waits until there is a record.</summary>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <returns>Whether there is one.</returns>
    public bool Wait(TimeSpan timeout)
    {
        Span<int> descriptors = stackalloc int[_rings.Count];
        for (int i = 0; i < descriptors.Length; i++) descriptors[i] = _rings[i].Fd;
        return Readiness.Wait(descriptors, What, timeout);
    }
}
