using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace BpfSharp.KernelTests;

/// <summary>A cgroup (version 2) of a test's own; its processes are moved out and it is removed when disposed.</summary>
public sealed class Cgroup : IDisposable
{
    readonly string _parent;

    internal Cgroup(string parent, string name)
    {
        _parent = parent;
        Path = System.IO.Path.Combine(parent, name);
        Directory.CreateDirectory(Path);
    }

    /// <summary>Its folder in the cgroup2 mount.</summary>
    public string Path { get; }

    /// <summary>The folder where the cgroup v2 hierarchy is mounted: /sys/fs/cgroup, or its folder "unified" beside version 1.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Opens the folder, as bpf(2) wants it.</summary>
    public SafeFileHandle Open() => OpenFolder.At(Path);

    /// <summary>Moves a process, with all its threads, into this cgroup.</summary>
    public void Add(int processId) => Move(Path, processId);

    /// <summary>Runs an action while the whole test process is in this cgroup.</summary>
    public void Run(Action action)
    {
        string before = CurrentFolder();
        Add(Environment.ProcessId);
        try
        {
            action();
        }
        finally
        {
            Move(before, Environment.ProcessId);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (string id in File.ReadAllLines(System.IO.Path.Combine(Path, "cgroup.procs"))) Move(_parent, int.Parse(id, CultureInfo.InvariantCulture));
        Directory.Delete(Path); // rmdir(2): the files in it are the kernel's
    }

    static void Move(string folder, int processId) =>
        File.WriteAllText(System.IO.Path.Combine(folder, "cgroup.procs"), processId.ToString(CultureInfo.InvariantCulture));

    static string CurrentFolder() =>
        Root + File.ReadLines("/proc/self/cgroup").First(l => l.StartsWith("0::", StringComparison.Ordinal))["0::".Length..];

    static string FindRoot()
    {
        foreach (string[] fields in File.ReadLines("/proc/self/mounts").Select(l => l.Split(' ')))
        {
            if (fields[2] == "cgroup2") return fields[1];
        }

        throw new NotSupportedException("no cgroup v2 hierarchy is mounted");
    }
}
