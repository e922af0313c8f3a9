using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfSharp.Errors;

/// <summary>The way through a program on which the verifier found the fault, read from its log.</summary>
internal static partial class VerifierPath
{
    /// <summary>The instructions in the order in which they were looked at, from the program's start to the failing one.</summary>
    /// <remarks>
    /// The verifier follows one side of a branch to its end and then comes back for the other (<c>from 5 to 9</c>): what it saw after the branch
    /// before that is not on the way.
    /// </remarks>
    public static List<BpfVerifierStep> Read(string log)
    {
        List<BpfVerifierStep> steps = [];
        foreach (ReadOnlySpan<char> line in log.AsSpan().EnumerateLines())
        {
            if (line.Length == 0 || !(char.IsAsciiDigit(line[0]) || line[0] == 'f')) continue;
            string text = line.ToString();
            if (Branch().Match(text) is { Success: true } branch)
            {
                int from = Number(branch);
                int at = steps.FindLastIndex(s => s.Instruction == from);
                steps.RemoveRange(at + 1, steps.Count - at - 1);
            }
            else if (Instruction().Match(text) is { Success: true } instruction)
            {
                steps.Add(new(Number(instruction), instruction.Groups[2].Value.Trim(), instruction.Groups[3].Value.Trim()));
            }
        }

        return steps;
    }

    private static int Number(Match match) => int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^from (\d+) to \d+", RegexOptions.CultureInvariant)]
    private static partial Regex Branch();

    [GeneratedRegex(@"^(\d+): \([0-9a-f]{2}\) ([^;]*)(?:;(.*))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Instruction();
}
