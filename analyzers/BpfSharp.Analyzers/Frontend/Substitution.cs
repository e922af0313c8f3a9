using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>What the type parameters of a generic method and the types around it stand for; generic bodies are typed in <c>T</c>.</summary>
internal sealed class Substitution
{
    /// <summary>Nothing is replaced.</summary>
    public static readonly Substitution Empty = new(ImmutableDictionary.Create<ITypeParameterSymbol, ITypeSymbol>(SymbolEqualityComparer.Default));

    private readonly ImmutableDictionary<ITypeParameterSymbol, ITypeSymbol> _map;

    private Substitution(ImmutableDictionary<ITypeParameterSymbol, ITypeSymbol> map) => _map = map;

    /// <summary>The substitution of a constructed method, on top of the one around it (for local functions).</summary>
    public static Substitution Of(IMethodSymbol method, Substitution outer)
    {
        ImmutableDictionary<ITypeParameterSymbol, ITypeSymbol> map = outer._map;
        map = Add(map, method.OriginalDefinition.TypeParameters, method.TypeArguments);
        for (INamedTypeSymbol? type = method.ContainingType; type is not null; type = type.ContainingType)
        {
            map = Add(map, type.OriginalDefinition.TypeParameters, type.TypeArguments);
        }
        return map.IsEmpty ? Empty : new Substitution(map);
    }

    /// <summary>A text that is equal for equal substitutions.</summary>
    public string Key => string.Join(",", _map.Select(static p => p.Key.Name + "=" + p.Value.ToDisplayString()).OrderBy(static s => s, StringComparer.Ordinal));

    /// <summary>The type with its type parameters replaced.</summary>
    public ITypeSymbol Apply(ITypeSymbol type, Compilation compilation)
    {
        if (_map.IsEmpty) return type;
        switch (type)
        {
            case ITypeParameterSymbol parameter:
                return _map.TryGetValue(parameter.OriginalDefinition, out ITypeSymbol? argument) ? argument : type;
            case INamedTypeSymbol { IsTupleType: true } tuple:
                return compilation.CreateTupleTypeSymbol([.. tuple.TupleElements.Select(e => Apply(e.Type, compilation))]);
            case INamedTypeSymbol named:
                return Apply(named, compilation);
            case IArrayTypeSymbol array:
                return compilation.CreateArrayTypeSymbol(Apply(array.ElementType, compilation), array.Rank);
            default:
                return type;
        }
    }

    /// <summary>The method with its containing type and type arguments replaced.</summary>
    public IMethodSymbol Apply(IMethodSymbol method, Compilation compilation)
    {
        if (_map.IsEmpty || method.MethodKind == MethodKind.LocalFunction && method.Arity == 0) return method;
        IMethodSymbol result = method.OriginalDefinition;
        if (method.MethodKind != MethodKind.LocalFunction && method.ContainingType is { } container)
        {
            result = Member(Apply(container, compilation), result) ?? result;
        }
        if (method.Arity > 0) result = result.Construct([.. method.TypeArguments.Select(t => Apply(t, compilation))]);
        return result;
    }

    /// <summary>The member of a constructed type whose definition is <paramref name="definition"/>.</summary>
    public static T? Member<T>(INamedTypeSymbol type, T definition) where T : class, ISymbol
    {
        if (SymbolEqualityComparer.Default.Equals(type, type.OriginalDefinition)) return definition;
        foreach (ISymbol member in type.GetMembers(definition.Name))
        {
            if (member is T candidate && SymbolEqualityComparer.Default.Equals(candidate.OriginalDefinition, definition)) return candidate;
        }
        // Accessors of a partial or extension member may not be listed by name; look through all of them.
        foreach (ISymbol member in type.GetMembers())
        {
            if (member is T candidate && SymbolEqualityComparer.Default.Equals(candidate.OriginalDefinition, definition)) return candidate;
        }
        return null;
    }

    private INamedTypeSymbol Apply(INamedTypeSymbol type, Compilation compilation)
    {
        INamedTypeSymbol definition = type.OriginalDefinition;
        if (type.ContainingType is { } container && container.IsGenericType)
        {
            INamedTypeSymbol outer = Apply(container, compilation);
            definition = outer.GetTypeMembers(type.Name, type.Arity).FirstOrDefault() ?? definition;
        }
        return type.Arity == 0 ? definition : definition.Construct([.. type.TypeArguments.Select(t => Apply(t, compilation))]);
    }

    private static ImmutableDictionary<ITypeParameterSymbol, ITypeSymbol> Add(
        ImmutableDictionary<ITypeParameterSymbol, ITypeSymbol> map,
        ImmutableArray<ITypeParameterSymbol> parameters,
        ImmutableArray<ITypeSymbol> arguments)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            if (!SymbolEqualityComparer.Default.Equals(parameters[i], arguments[i])) map = map.SetItem(parameters[i], arguments[i]);
        }
        return map;
    }
}
