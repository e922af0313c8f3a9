using System.Text.RegularExpressions;

namespace BpfSharp.Errors;

/// <summary>What the verifier knows of a number, in words.</summary>
internal static partial class VerifierRange
{
    /// <summary>The range in a register's state: <c>scalar(smin=0,umax=36)</c> is "0 to 36"; "" if the state is no number's.</summary>
    public static string Describe(string state)
    {
        if (state.Length == 0) return "";
        if (Constant().IsMatch(state)) return state.StartsWith('P') ? state[1..] : state;
        // Older kernels call a number "inv".
        if (!state.StartsWith("scalar", StringComparison.Ordinal) && !state.StartsWith("inv", StringComparison.Ordinal)) return "";
        string least = Bound(state, "smin") ?? Bound(state, "umin") ?? Bound(state, "smin_value") ?? Bound(state, "umin_value") ?? "";
        string most = Bound(state, "umax") ?? Bound(state, "smax") ?? Bound(state, "umax_value") ?? Bound(state, "smax_value") ?? "";
        // An upper bound without a lower one: as an unsigned number it begins at 0.
        if (least.Length == 0 && Bound(state, "umax") is not null) least = "0";
        return (least.Length, most.Length) switch
        {
            (0, 0) => "any number",
            (0, _) => $"at most {most}",
            (_, 0) => $"at least {least}",
            _ => $"{least} to {most}",
        };
    }

    private static string? Bound(string state, string name)
    {
        foreach (Match match in Named().Matches(state))
            if (match.Groups[1].Value.Split('=').Contains(name)) return match.Groups[2].Value;
        return null;
    }

    // "smin=umin=1" says two at once.
    [GeneratedRegex(@"((?:[us](?:min|max)(?:32|_value)?=)+)(-?(?:0x[0-9a-f]+|\d+))", RegexOptions.CultureInvariant)]
    private static partial Regex Named();

    [GeneratedRegex(@"^P?-?(0x[0-9a-f]+|\d+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Constant();
}
