using System.Globalization;
using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Links;

/// <summary>The kernel's tracepoints, as tracefs lists them.</summary>
internal static class Tracepoints
{
    /// <summary>The number that <c>perf_event_open</c> takes for a tracepoint.</summary>
    /// <exception cref="BpfException">There is no such tracepoint, or tracefs cannot be read.</exception>
    public static int Id(string category, string name)
    {
        using TraceFileSystem trace = TraceFileSystem.Open();
        string path = $"{trace.Root}/events/{category}/{name}/id";
        try
        {
            if (Valid(category) && Valid(name))
                return int.Parse(File.ReadAllText(path).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
        }
        catch (UnauthorizedAccessException)
        {
            throw BpfError.Create((int)Errno.EACCES, $"read tracepoint {category}/{name}", "tracefs is readable by root only; run as root");
        }

        throw Missing(trace.Root, category, name);
    }

    private static bool Valid(string part) => part.Length > 0 && !part.Contains('/', StringComparison.Ordinal) && part is not ("." or "..");

    private static BpfException Missing(string root, string category, string name)
    {
        string[] near = NearNames.Of($"{category}:{name}", Available(root), 3);
        string hint = near.Length == 0 ? "" : $"; did you mean {string.Join(", ", near.Select(n => n.Replace(':', '/')))}?";
        return new BpfException($"this kernel ({RunningKernel.Version}) has no tracepoint {category}/{name}{hint}", (int)Errno.ENOENT, nameof(Errno.ENOENT));
    }

    private static string[] Available(string root)
    {
        try
        {
            return File.ReadAllLines(root + "/available_events");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
