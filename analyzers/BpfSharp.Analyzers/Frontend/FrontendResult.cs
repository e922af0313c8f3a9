using System.Collections.Immutable;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>What the front end makes of one <c>[BpfObject]</c> class. It keeps no symbols and no syntax.</summary>
/// <param name="Module">The IR; null if something is wrong, here or in the C# code.</param>
/// <param name="Positions">The source positions by debug id; the first (id 0) stands for none.</param>
/// <param name="Diagnostics">What is wrong, in source order.</param>
internal sealed record FrontendResult(Module? Module, ImmutableArray<SourcePosition> Positions, ImmutableArray<FrontendDiagnostic> Diagnostics)
{
    /// <summary>The C# compiler's error for which there is neither a module nor a diagnostic; "" if there is one of them.</summary>
    public string Cause { get; init; } = "";
}
