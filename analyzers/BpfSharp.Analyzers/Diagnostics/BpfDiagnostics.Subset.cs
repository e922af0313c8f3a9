using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Diagnostics;

/// <summary>BPF0100 to BPF0499: what programs may contain; the front end reports them.</summary>
internal static partial class BpfDiagnostics
{
    private static DiagnosticDescriptor[] Subset => [];
}
