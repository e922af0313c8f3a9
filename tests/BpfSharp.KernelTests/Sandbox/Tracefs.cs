namespace BpfSharp.KernelTests;

/// <summary>The tracing file system, mounted for the length of the run where it is not mounted yet.</summary>
public static class Tracefs
{
    static readonly Lazy<string> s_path = new(Find);

    /// <summary>Where tracefs is mounted.</summary>
    public static string Path => s_path.Value;

    static string Find()
    {
        foreach (string[] fields in File.ReadLines("/proc/self/mounts").Select(l => l.Split(' ')))
        {
            if (fields[2] == "tracefs") return fields[1];
        }

        var mount = Mount.At("tracefs", "/sys/kernel/tracing");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => mount.Dispose();
        return mount.Path;
    }
}
