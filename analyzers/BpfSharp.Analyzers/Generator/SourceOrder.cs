using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Generator;

/// <summary>An order of members that does not depend on the order in which the compiler got the files.</summary>
internal static class SourceOrder
{
    /// <summary>The members of a kind, by file and by place in it.</summary>
    public static IEnumerable<T> MembersInSourceOrder<T>(this INamedTypeSymbol type)
        where T : ISymbol =>
        type.GetMembers().OfType<T>()
            .OrderBy(member => member.Locations.FirstOrDefault()?.SourceTree?.FilePath ?? "", StringComparer.Ordinal)
            .ThenBy(member => member.Locations.FirstOrDefault()?.SourceSpan.Start ?? 0);
}
