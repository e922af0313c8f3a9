using System.Globalization;

namespace BpfSharp.KernelTests;

/// <summary>What sandboxes have left on the machine, found by name: namespaces, cgroups, mounts and folders called bpfs-PID-NUMBER.</summary>
static class Leftovers
{
    const string NamePrefix = "bpfs-";

    /// <summary>Everything on the machine whose name begins with <paramref name="prefix"/>, described for a person.</summary>
    public static IEnumerable<string> Find(string prefix) => Paths(prefix).Select(p => p.Kind + " " + p.Path);

    /// <summary>Removes what runs that were killed left behind.</summary>
    public static void RemoveThoseOfEndedRuns()
    {
        foreach ((string kind, string path) in Paths(NamePrefix).ToList())
        {
            string id = Path.GetFileName(path)[NamePrefix.Length..].Split('-')[0];
            if (int.TryParse(id, CultureInfo.InvariantCulture, out int processId) && Directory.Exists($"/proc/{processId}")) continue;
            try
            {
                Remove(kind, path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // Another run may be clearing up the same thing, and what stays is no fault of the test that comes next.
                Console.Error.WriteLine($"left over from an earlier run: {kind} {path}: {e.Message}");
            }
        }
    }

    static IEnumerable<(string Kind, string Path)> Paths(string prefix)
    {
        string mountPrefix = Path.Combine(Path.GetTempPath(), prefix);
        IEnumerable<string> mounts = File.ReadLines("/proc/self/mounts").Select(l => l.Split(' ')[1]).Where(p => p.StartsWith(mountPrefix, StringComparison.Ordinal));
        return mounts.Select(p => ("mount", p))
            .Concat(Entries("/run/netns", prefix).Select(p => ("namespace", p)))
            .Concat(File.ReadAllText("/proc/self/mounts").Contains(" cgroup2 ", StringComparison.Ordinal) ? Entries(Cgroup.Root, prefix).Select(p => ("cgroup", p)) : [])
            .Concat(Entries(Path.GetTempPath(), prefix).Select(p => ("folder", p)));
    }

    static IEnumerable<string> Entries(string folder, string prefix) =>
        Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder, prefix + "*") : [];

    static void Remove(string kind, string path)
    {
        switch (kind)
        {
            case "mount":
                Command.Run("umount", "-l", path);
                break;
            case "namespace":
                Command.Run("ip", "netns", "delete", Path.GetFileName(path));
                break;
            case "cgroup":
                Directory.Delete(path);
                break;
            default:
                Directory.Delete(path, recursive: true);
                break;
        }
    }
}
