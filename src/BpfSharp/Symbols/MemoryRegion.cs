using System.Globalization;

namespace BpfSharp.Symbols;

/// <summary>A part of a process's memory that holds code.</summary>
/// <param name="Start">Its first address.</param>
/// <param name="End">The address behind it.</param>
/// <param name="Offset">Where in the file it begins.</param>
/// <param name="File">What tells files apart: device and inode.</param>
/// <param name="Path">The file as the process sees it, <c>[vdso]</c>, or "" for memory without a file.</param>
internal sealed record MemoryRegion(ulong Start, ulong End, ulong Offset, string File, string Path)
{
    private const string Deleted = " (deleted)";

    /// <summary>Whether it is a file's; run-time compilers use memory without one, or an unnamed one (<c>/memfd:…</c>).</summary>
    public bool IsFile => Path.StartsWith('/') && !Path.StartsWith("/memfd:", StringComparison.Ordinal) && !Path.StartsWith("/dev/", StringComparison.Ordinal)
        && !Path.StartsWith("/SYSV", StringComparison.Ordinal);

    /// <summary>The path without the kernel's remark that the file was deleted.</summary>
    public string FilePath => Path.EndsWith(Deleted, StringComparison.Ordinal) ? Path[..^Deleted.Length] : Path;

    /// <summary>Its name among <c>/proc/PID/map_files</c>.</summary>
    public string RangeName => string.Create(CultureInfo.InvariantCulture, $"{Start:x}-{End:x}");

    /// <summary>The parts that hold code, of the lines of <c>/proc/PID/maps</c>.</summary>
    public static List<MemoryRegion> Parse(IEnumerable<string> lines)
    {
        List<MemoryRegion> regions = [];
        foreach (string line in lines)
        {
            // start-end rwxp offset device inode   path
            string[] parts = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length < 5 || parts[1].Length < 3 || parts[1][2] != 'x') continue;
            int dash = parts[0].IndexOf('-', StringComparison.Ordinal);
            if (dash < 0 || !Hex(parts[0].AsSpan(0, dash), out ulong start) || !Hex(parts[0].AsSpan(dash + 1), out ulong end) || !Hex(parts[2], out ulong offset)) continue;
            regions.Add(new(start, end, offset, $"{parts[3]} {parts[4]}", parts.Length > 5 ? parts[5].TrimStart() : ""));
        }

        return regions;
    }

    private static bool Hex(ReadOnlySpan<char> text, out ulong value) => ulong.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out value);
}
