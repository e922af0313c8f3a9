namespace BpfSharp.Analyzers.Generator;

/// <summary>What a diagnostic says of an exception.</summary>
internal static class ExceptionText
{
    /// <summary>The exception's kind and message, and where it was thrown, in one line.</summary>
    public static string Describe(this Exception exception)
    {
        string[] lines = (exception.StackTrace ?? "").Split(['\n'], StringSplitOptions.RemoveEmptyEntries);
        string text = exception.GetType().Name + ": " + exception.Message + (lines.Length > 0 ? " (" + lines[0].Trim() + ")" : "");
        return text.Replace("\r", "").Replace('\n', ' ');
    }
}
