using System.Collections.Immutable;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Something found wrong in a program, comparable by value.</summary>
/// <param name="Id">The diagnostic's id, <c>BPF####</c>.</param>
/// <param name="Position">Where.</param>
/// <param name="Arguments">What the message's format takes.</param>
internal sealed record FrontendDiagnostic(string Id, SourcePosition Position, ImmutableArray<string> Arguments)
{
    /// <inheritdoc/>
    public bool Equals(FrontendDiagnostic? other) =>
        other is not null && Id == other.Id && Position == other.Position && Arguments.SequenceEqual(other.Arguments);

    /// <inheritdoc/>
    public override int GetHashCode() => (Id, Position).GetHashCode();
}
