using System.Reflection;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>
/// The receiver of C# 14's extension members. The compiler that hosts the analyzers has it (<c>INamedTypeSymbol.ExtensionParameter</c>), the version that
/// they are built against does not yet.
/// </summary>
internal static class ExtensionBlocks
{
    private static readonly PropertyInfo? Parameter =
        typeof(INamedTypeSymbol).GetProperty("ExtensionParameter") ?? typeof(ITypeSymbol).GetProperty("ExtensionParameter");

    /// <summary>The parameter of the <c>extension(…)</c> block that the method is an instance member of, null if it is in none.</summary>
    public static IParameterSymbol? Receiver(IMethodSymbol method) =>
        method.IsStatic || method.ContainingType is not { } type ? null : ReceiverOf(type);

    /// <summary>Whether a type is an <c>extension(…)</c> block.</summary>
    public static bool IsBlock(INamedTypeSymbol type) => ReceiverOf(type) is not null;

    private static IParameterSymbol? ReceiverOf(INamedTypeSymbol type) =>
        type.ContainingType is null ? null : Parameter?.GetValue(type.OriginalDefinition) as IParameterSymbol;
}
