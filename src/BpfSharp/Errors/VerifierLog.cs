using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace BpfSharp.Errors;

/// <summary>Reads the verifier's log.</summary>
internal static partial class VerifierLog
{
    /// <summary>The text in a buffer that the kernel filled.</summary>
    public static string Text(ReadOnlySpan<byte> buffer)
    {
        int end = buffer.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? buffer : buffer[..end]);
    }

    /// <summary>Whether it says why the program was rejected, and not only how much work that was.</summary>
    public static bool HasVerdict(string log) => Reason(log).Length > 0;

    /// <summary>The line that says why, "" if there is none: the last one but the statistics, or, where Linux 7.3 has no such line, its report's sentence.</summary>
    public static string Reason(string log)
    {
        VerifierReport? report = VerifierReport.Read(log);
        string line = LastLine(VerifierReport.Before(log));
        // What precedes the report may be the failing instruction or the state before it.
        return report is null || (line.Length > 0 && !char.IsAsciiDigit(line[0]) && line[0] != ';') ? line
            : report.Reason.Length > 0 ? report.Reason : report.Heading;
    }

    private static string LastLine(string log)
    {
        string last = "";
        foreach (ReadOnlySpan<char> line in log.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> text = line.Trim();
            if (text.Length > 0 && !IsStatistics(text)) last = text.ToString();
        }

        return last;
    }

    /// <summary>The last source line that the log names: <c>; text @ file:line</c> (kernel 6.9), null before.</summary>
    public static (string Text, string File, int Line)? LastSource(string log)
    {
        Match? last = null;
        foreach (Match match in SourceLine().Matches(log)) last = match;
        return last is null ? null
            : (last.Groups[1].Value.Trim(), last.Groups[2].Value, int.Parse(last.Groups[3].Value, NumberStyles.None, CultureInfo.InvariantCulture));
    }

    /// <summary>The index of the last instruction that the verifier looked at, -1 if it came to none.</summary>
    public static int LastInstruction(string log)
    {
        Match? last = null;
        foreach (Match match in InstructionLine().Matches(log)) last = match;
        return last is not null && int.TryParse(last.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : -1;
    }

    /// <summary>The last state that the log gives for the register that a reason begins with, "" if there is none.</summary>
    public static string RegisterState(string log, string reason)
    {
        Match register = Register().Match(reason);
        if (!register.Success) return "";
        Match? last = null;
        foreach (Match match in Regex.Matches(log, $@"\b{register.Value}(_\w+)?=([^\s(]*(?:\((?:[^()]|\([^()]*\))*\))?)", RegexOptions.CultureInvariant)) last = match;
        return last?.Groups[2].Value ?? "";
    }

    /// <summary>Whether a line says how much work it was.</summary>
    internal static bool IsStatistics(ReadOnlySpan<char> line) =>
        line.StartsWith("processed ", StringComparison.Ordinal) || line.StartsWith("verification time ", StringComparison.Ordinal)
        || line.StartsWith("stack depth ", StringComparison.Ordinal) || line.StartsWith("insn processed ", StringComparison.Ordinal);

    [GeneratedRegex(@"^; (.*) @ (.+):(\d+)\s*$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex SourceLine();

    [GeneratedRegex(@"\bR\d+\b", RegexOptions.CultureInvariant)]
    private static partial Regex Register();

    [GeneratedRegex(@"^(\d+): \([0-9a-f]{2}\)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex InstructionLine();
}
