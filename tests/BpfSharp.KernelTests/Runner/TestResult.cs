using System.Globalization;

namespace BpfSharp.KernelTests.Runner;

/// <summary>One line of a results file: the outcome of one test on one kernel.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Method">Class and method, which the rows of a theory share.</param>
/// <param name="Name">The display name, with a theory row's arguments.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Text">The failure, or the reason of a skip.</param>
sealed record TestResult(Outcome Outcome, string Method, string Name, long Milliseconds, string Text)
{
    /// <summary>Whether a test of the assembly ran to its end on a kernel that is new enough for it.</summary>
    public bool Ran => Method.Length > 0 && (Outcome is Outcome.Passed or Outcome.Failed);

    /// <summary>The line as it is written: five fields between tabs, line breaks escaped.</summary>
    public string ToLine() => string.Join('\t', Outcome, Method, Escape(Name), Milliseconds.ToString(CultureInfo.InvariantCulture), Escape(Text));

    /// <summary>Reads a line; null if it is not a whole one, as the last line of a VM that ended early may be.</summary>
    public static TestResult? Parse(string line)
    {
        string[] fields = line.TrimEnd('\r').Split('\t');
        return fields.Length == 5 && Enum.TryParse(fields[0], out Outcome outcome)
            && long.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out long milliseconds)
            ? new TestResult(outcome, fields[1], Unescape(fields[2]), milliseconds, Unescape(fields[4]))
            : null;
    }

    static string Escape(string text) => text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal)
        .Replace("\n", @"\n", StringComparison.Ordinal).Replace("\t", @"\t", StringComparison.Ordinal);

    static string Unescape(string text)
    {
        var plain = new System.Text.StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length) plain.Append(text[i]);
            else plain.Append(text[++i] switch { 'n' => '\n', 't' => '\t', var other => other });
        }

        return plain.ToString();
    }
}
