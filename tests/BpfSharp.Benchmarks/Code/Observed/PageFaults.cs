using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace BpfSharp.Benchmarks.Code;

/// <summary>What each side samples of a thread's page faults: an event that happens as often as it is made to, at a known place.</summary>
internal static partial class PageFaults
{
    private const int Pages = 500, PageSize = 4096;
    private const ulong SoftwarePageFaults = 2;

    // struct pf_key and our Sample: process, two stacks, name.
    private const int KeySize = 28;

    public static string[] Observe(IReadOnlyList<Candidate> sides)
    {
        BpfPerfEvent faults = new(BpfPerfEventType.Software, SoftwarePageFaults) { Period = 1, ThreadId = OpenedFiles.GetThreadId() };
        List<BpfLinks> links = [.. sides.Select(s => s.Programs[0].AttachPerfEvent(faults))];
        try
        {
            Touch();
        }
        finally
        {
            foreach (BpfLinks link in links) link.Dispose();
        }
        return [.. sides.Select(Text)];
    }

    private static void Touch()
    {
        nint memory = Map(0, Pages * PageSize, 3, 0x22, -1, 0);
        _ = Advise(memory, Pages * PageSize, NoHugePages);
        for (int i = 0; i < Pages; i++) Marshal.WriteByte(memory, i * PageSize, 1);
        _ = Unmap(memory, Pages * PageSize);
    }

    /// <summary>The samples of what was touched, with their stacks' addresses.</summary>
    private static string Text(Candidate side)
    {
        BpfStackTraces stacks = new(side.Map("Stacks"));
        BpfMap counts = side.Map("Counts");
        byte[] key = new byte[KeySize], value = new byte[8];
        List<string> lines = [];
        byte[]? last = null;
        while (counts.TryNextKey(last, key))
        {
            last = [.. key];
            if (!counts.TryLookup(key, value) || BinaryPrimitives.ReadUInt64LittleEndian(value) < Pages) continue;
            string name = Encoding.UTF8.GetString(key.AsSpan(12)).TrimEnd('\0');
            string Frames(int at) => string.Join(" ", stacks.GetFrames(BinaryPrimitives.ReadInt32LittleEndian(key.AsSpan(at))).Select(static f => $"{f:x}"));
            lines.Add($"{BinaryPrimitives.ReadInt32LittleEndian(key)} {name}: {BinaryPrimitives.ReadUInt64LittleEndian(value)} times kernel [{Frames(4)}] user [{Frames(8)}]");
        }
        return string.Join("\n", lines.Order(StringComparer.Ordinal)) is { Length: > 0 } text ? text : throw new BehaviourDiffersException("no samples of page faults");
    }

    private const int NoHugePages = 15;

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nint length, int advice);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nint length);
}
