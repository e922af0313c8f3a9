using System.Text.RegularExpressions;

namespace BpfSharp.Objects.Tests.Kernel;

/// <summary>The enumerations of the installed <c>linux/bpf.h</c>.</summary>
internal static partial class UapiHeader
{
    public const string Path = "/usr/include/linux/bpf.h";

    public static Dictionary<string, int> Enum(string name)
    {
        string text = Comment().Replace(File.ReadAllText(Path), "");
        string body = Regex.Match(text, $@"enum {name} \{{(.*?)\n\}};", RegexOptions.Singleline).Groups[1].Value;
        var result = new Dictionary<string, int>(StringComparer.Ordinal);
        int next = 0;
        foreach (string item in body.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = item.Split('=', StringSplitOptions.TrimEntries);
            if (parts.Length == 2)
                next = result.TryGetValue(parts[1], out int same) ? same : int.Parse(parts[1]);
            result.Add(parts[0], next++);
        }
        return result;
    }

    /// <summary>The helpers by id.</summary>
    public static Dictionary<int, string> Helpers()
    {
        string text = File.ReadAllText(Path);
        text = text[text.IndexOf("#define __BPF_FUNC_MAPPER", StringComparison.Ordinal)..];
        var result = new Dictionary<int, string>();
        foreach (Match match in Helper().Matches(text[..text.IndexOf("enum bpf_func_id", StringComparison.Ordinal)]))
            result.Add(match.Groups[2].Success ? int.Parse(match.Groups[2].Value) : result.Count, match.Groups[1].Value);
        return result;
    }

    /// <summary>An enum constant's name in the kernel's form: <c>SkSkb</c> is <c>SKSKB</c>, compared without underscores.</summary>
    public static string Plain(string name) => name.Replace("_", "").ToUpperInvariant();

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bFN\((\w+)(?:, (\d+), [^)]*)?\)")]
    private static partial Regex Helper();
}

/// <summary>A test that reads the installed kernel headers.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UapiFactAttribute : FactAttribute
{
    public UapiFactAttribute()
    {
        if (!File.Exists(UapiHeader.Path))
            Skip = $"no {UapiHeader.Path}";
    }
}
