using System.Diagnostics;
using System.Globalization;

namespace Samples;

/// <summary>The paths of control groups by their ids, which are the numbers of their folders' inodes.</summary>
internal sealed class CgroupNames
{
    private const int FoldersAtOnce = 500;

    private readonly Dictionary<ulong, string> _names = [];

    /// <summary>A control group's path, its id if there is none.</summary>
    public string Of(ulong id)
    {
        if (_names.TryGetValue(id, out string? name)) return name;
        foreach ((ulong found, string path) in Read()) _names[found] = path;
        return _names.TryGetValue(id, out name) ? name : _names[id] = id == 0 ? "-" : $"#{id}";
    }

    // Nothing in .NET gives inodes; stat does.
    private static List<(ulong Id, string Path)> Read()
    {
        if (Mount() is not { } root) return [];
        List<(ulong, string)> names = [];
        var all = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        foreach (string[] folders in Directory.EnumerateDirectories(root, "*", all).Prepend(root).Chunk(FoldersAtOnce))
        {
            using Process stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%i %n", .. folders]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            // A folder that is gone by now is told there.
            stat.BeginErrorReadLine();
            while (stat.StandardOutput.ReadLine() is { } line)
            {
                int space = line.IndexOf(' ', StringComparison.Ordinal);
                string path = line[(space + 1)..][root.Length..];
                names.Add((ulong.Parse(line[..space], CultureInfo.InvariantCulture), path.Length == 0 ? "/" : path));
            }

            stat.WaitForExit();
        }

        return names;
    }

    private static string? Mount() => File.ReadLines("/proc/mounts").Select(static l => l.Split(' ')).FirstOrDefault(static f => f[2] == "cgroup2")?[1];
}
