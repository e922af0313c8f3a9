using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Generator;

/// <summary>The structs that kernel code and user space share: nested in a <c>[BpfObject]</c> class, in its maps, its variables and the signatures of its methods, and in the fields of those.</summary>
internal static class SharedTypes
{
    private static readonly ConditionalWeakTable<Compilation, HashSet<INamedTypeSymbol>> s_cache = new();

    /// <summary>The shared structs of a compilation, as original definitions.</summary>
    public static HashSet<INamedTypeSymbol> Of(Compilation compilation, CancellationToken cancellation)
    {
        if (s_cache.TryGetValue(compilation, out HashSet<INamedTypeSymbol>? known)) return known;
        HashSet<INamedTypeSymbol> shared = new(SymbolEqualityComparer.Default);
        Collect(compilation.Assembly.GlobalNamespace, shared, cancellation);
        return s_cache.GetValue(compilation, _ => shared);
    }

    private static void Collect(INamespaceOrTypeSymbol container, HashSet<INamedTypeSymbol> shared, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        foreach (ISymbol member in container.GetMembers())
        {
            if (member is INamespaceOrTypeSymbol inner) Collect(inner, shared, cancellation);
        }
        if (container is not INamedTypeSymbol type || type.FindAttribute(KernelNames.ObjectAttribute) is null) return;
        foreach (ISymbol member in type.GetMembers())
        {
            switch (member)
            {
                case INamedTypeSymbol nested: Add(nested, shared); break;
                case IFieldSymbol field: Add(field.Type, shared); break;
                case IPropertySymbol property: Add(property.Type, shared); break;
                case IMethodSymbol method:
                    Add(method.ReturnType, shared);
                    foreach (IParameterSymbol parameter in method.Parameters) Add(parameter.Type, shared);
                    break;
            }
        }
    }

    private static void Add(ITypeSymbol type, HashSet<INamedTypeSymbol> shared)
    {
        if (type is not INamedTypeSymbol named) return;
        foreach (ITypeSymbol argument in named.TypeArguments) Add(argument, shared);
        if (named.TypeKind != TypeKind.Struct || named.DeclaringSyntaxReferences.IsEmpty || !shared.Add(named.OriginalDefinition)) return;
        foreach (IFieldSymbol field in named.GetMembers().OfType<IFieldSymbol>()) Add(field.Type, shared);
    }
}
