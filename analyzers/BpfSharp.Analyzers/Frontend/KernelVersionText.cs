using BpfSharp.Compiler;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Versions as properties and attributes have them.</summary>
internal static class KernelVersionText
{
    /// <summary>Major and minor number of a version such as 5.15 or 6.1.4; null if the text is none, or one that is older than programs can be for.</summary>
    public static (int Major, int Minor)? Parse(string text)
    {
        string[] parts = text.Split('.');
        bool isVersion = parts.Length is 2 or 3 && parts.All(static part => part.Length is > 0 and < 6 && part.All(static c => c is >= '0' and <= '9'));
        if (!isVersion) return null;
        (int, int) version = (int.Parse(parts[0]), int.Parse(parts[1]));
        return version.CompareTo(CompilerOptions.OldestKernel) >= 0 ? version : null;
    }
}
