namespace BpfSharp.Errors;

/// <summary>
/// What Linux 7.3 writes behind the verdict of before: a heading, and indented texts under Reason, At, Causal path and Suggestion.
/// </summary>
/// <param name="Heading">The kind of fault: <c>Register Type Safety: Unreadable register</c>.</param>
/// <param name="Reason">Why, in a sentence.</param>
/// <param name="Suggestion">What the kernel proposes.</param>
internal sealed record VerifierReport(string Heading, string Reason, string Suggestion)
{
    private const string Start = "Verification failed";

    /// <summary>Reads the report of a log, null if the kernel writes none.</summary>
    public static VerifierReport? Read(string log)
    {
        int start = StartOf(log);
        if (start < 0) return null;
        string heading = "", section = "";
        Dictionary<string, string> sections = [];
        foreach (ReadOnlySpan<char> line in log.AsSpan(start).EnumerateLines())
        {
            ReadOnlySpan<char> text = line.Trim();
            if (text.IsEmpty) continue;
            if (heading.Length == 0) heading = text[Start.Length..].TrimStart(": ").ToString();
            else if (VerifierLog.IsStatistics(text)) break;
            else if (!char.IsWhiteSpace(line[0]) && text.IndexOf(':') is var colon and > 0)
            {
                section = text[..colon].ToString();
                sections[section] = text[(colon + 1)..].Trim().ToString();
            }
            else sections[section] = $"{sections.GetValueOrDefault(section)} {text}".Trim();
        }

        return new(heading, sections.GetValueOrDefault("Reason", ""), sections.GetValueOrDefault("Suggestion", ""));
    }

    /// <summary>The log up to the report, which is what kernels before 7.3 write.</summary>
    public static string Before(string log) => StartOf(log) is var start and >= 0 ? log[..start] : log;

    private static int StartOf(string log) =>
        log.StartsWith(Start, StringComparison.Ordinal) ? 0 : log.LastIndexOf("\n" + Start, StringComparison.Ordinal) is var at and >= 0 ? at + 1 : -1;
}
