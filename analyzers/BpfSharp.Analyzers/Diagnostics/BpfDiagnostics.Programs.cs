using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Diagnostics;

/// <summary>BPF0500 to BPF0599: what the compiler finds in whole programs after the front end.</summary>
internal static partial class BpfDiagnostics
{
    private static DiagnosticDescriptor[] Programs => [];
}
