namespace BpfSharp.Analyzers.Generator;

/// <summary>Paths as debug information has them: relative to the project and with forward slashes on every operating system.</summary>
internal static class SourcePath
{
    /// <summary>A file's path relative to a folder; unchanged but for the slashes if it is not reached from there.</summary>
    public static string Relative(string file, string folder)
    {
        string[] target = Split(file);
        string[] start = Split(folder);
        if (start.Length == 0) return string.Join("/", target);
        int common = 0;
        while (common < start.Length && common < target.Length - 1 && start[common] == target[common]) common++;
        // The first part is the root ("" or a drive).
        if (common == 0) return string.Join("/", target);
        return string.Join("/", Enumerable.Repeat("..", start.Length - common).Concat(target.Skip(common)));
    }

    private static string[] Split(string path) => path.Length == 0 ? [] : path.Replace('\\', '/').TrimEnd('/').Split('/');
}
