using System.Buffers.Binary;
using System.Diagnostics;

namespace BpfSharp.Benchmarks.Code;

/// <summary>What each side counts of a process that makes many system calls and ends.</summary>
internal static class SystemCalls
{
    public static string[] Observe(IReadOnlyList<Candidate> sides)
    {
        List<BpfLink> links = [.. sides.SelectMany(static s => s.Programs).Select(static p => p.Attach())];
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("dd", ["if=/dev/zero", "of=/dev/null", "bs=1", "count=5000", "status=none"]))!;
            process.WaitForExit();
            byte[] key = new byte[4], value = new byte[8];
            BinaryPrimitives.WriteInt32LittleEndian(key, process.Id);
            return [.. sides.Select(side => side.Map("Counts").TryLookup(key, value) ? $"{BinaryPrimitives.ReadUInt64LittleEndian(value)} calls" : "nothing")];
        }
        finally
        {
            foreach (BpfLink link in links) link.Dispose();
        }
    }
}
