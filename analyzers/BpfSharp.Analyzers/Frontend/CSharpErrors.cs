using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>The C# compiler's own errors, as the front end sees them: before the generated code is there.</summary>
internal static class CSharpErrors
{
    /// <summary>A partial property without its other part: every map is one until the generator writes that part.</summary>
    private const string MissingPart = "CS9248";

    /// <summary>Whether a diagnostic is an error that the generator's own code does not take away.</summary>
    public static bool Lasts(Diagnostic diagnostic) => diagnostic.Severity == DiagnosticSeverity.Error && diagnostic.Id != MissingPart;

    /// <summary>An error and its line, in one text.</summary>
    public static string Describe(Diagnostic error)
    {
        FileLinePositionSpan place = error.Location.GetLineSpan();
        return $"{error.Id} at {Path.GetFileName(place.Path)}({place.StartLinePosition.Line + 1}): {error.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}";
    }
}
