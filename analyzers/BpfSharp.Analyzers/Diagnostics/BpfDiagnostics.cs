using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Diagnostics;

/// <summary>
/// All diagnostics. An id is never used again. BPF0001 to BPF0099: declarations (generator). BPF0100 to BPF0499: what programs may contain
/// (front end). BPF0500 to BPF0599: what the compiler finds in whole programs.
/// </summary>
internal static partial class BpfDiagnostics
{
    private const string Category = "BpfSharp";

    /// <summary>Every descriptor by its id.</summary>
    public static ImmutableDictionary<string, DiagnosticDescriptor> All => Table.ById;

    /// <summary>The descriptor with an id; an unknown id is a mistake of ours and is reported as such.</summary>
    public static DiagnosticDescriptor Find(string id) => All.TryGetValue(id, out DiagnosticDescriptor? descriptor) ? descriptor : InternalError;

    private static DiagnosticDescriptor Error(string id, string title, string message) => Make(id, title, message, DiagnosticSeverity.Error);

    private static DiagnosticDescriptor Make(string id, string title, string message, DiagnosticSeverity severity, params string[] tags) =>
        new(id, title, message, Category, severity, isEnabledByDefault: true, helpLinkUri: "docs/diagnostics/" + id + ".md", customTags: tags);

    // A class of its own, because the order in which the parts of a partial class are initialised is not defined.
    private static class Table
    {
        public static readonly ImmutableDictionary<string, DiagnosticDescriptor> ById =
            Declarations.Concat(Subset).Concat(Programs).ToImmutableDictionary(d => d.Id);
    }
}
