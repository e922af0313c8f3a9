using System.IO.Enumeration;
using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Links;

/// <summary>The kernel's functions, as <c>/proc/kallsyms</c> lists them.</summary>
internal static class KernelFunctions
{
    /// <summary>The names with patterns replaced by the functions that they match and that can be traced.</summary>
    /// <exception cref="BpfException">A pattern matches none.</exception>
    public static string[] Expand(IReadOnlyList<string> patterns)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        List<string> result = [];
        foreach (string pattern in patterns)
        {
            if (pattern.AsSpan().IndexOfAny('*', '?') < 0)
            {
                result.Add(pattern);
                continue;
            }

            int before = result.Count;
            result.AddRange(Traceable().Where(f => FileSystemName.MatchesSimpleExpression(pattern, f, ignoreCase: false)).Distinct(StringComparer.Ordinal));
            if (result.Count == before) throw new BpfException($"no kernel function that can be traced matches '{pattern}'");
        }

        return [.. result];
    }

    /// <summary>Whether the kernel has a function; true where it does not list them.</summary>
    public static bool Exists(string function) => !File.Exists("/proc/kallsyms") || All().Contains(function, StringComparer.Ordinal);

    /// <summary>Why a function cannot be probed: it is not there, with names that are near, or the kernel forbids it.</summary>
    public static string MissingHint(string function)
    {
        HashSet<string> names = new(All(), StringComparer.Ordinal);
        if (names.Contains(function)) return $"the kernel has '{function}' but does not allow a probe there (it may be inlined, or marked notrace)";
        string[] near = NearNames.Of(function, names, 3);
        return $"this kernel ({RunningKernel.Version}) has no function '{function}'" + (near.Length > 0 ? $"; did you mean {string.Join(", ", near)}?" : "");
    }

    private static IEnumerable<string> Traceable()
    {
        using TraceFileSystem trace = TraceFileSystem.Open();
        string path = trace.Root + "/available_filter_functions";
        if (!File.Exists(path))
            throw new BpfException("this kernel does not list the functions that can be traced (CONFIG_FUNCTION_TRACER is off), so patterns cannot be expanded");
        return [.. File.ReadLines(path).Where(l => !l.Contains('[', StringComparison.Ordinal))];
    }

    private static IEnumerable<string> All()
    {
        foreach (string line in File.ReadLines("/proc/kallsyms"))
        {
            // "ffffffff81000000 T name", and "\t[module]" behind functions of modules.
            int type = line.IndexOf(' ') + 1;
            if (type <= 0 || type + 2 >= line.Length || line[type] is not ('t' or 'T' or 'w' or 'W')) continue;
            int end = line.IndexOf('\t', type);
            yield return end < 0 ? line[(type + 2)..] : line[(type + 2)..end];
        }
    }
}
