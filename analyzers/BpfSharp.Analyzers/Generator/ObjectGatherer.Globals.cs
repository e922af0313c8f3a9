using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Generator;

/// <summary>Static fields.</summary>
internal sealed partial class ObjectGatherer
{
    private ImmutableArray<GlobalModel> GatherGlobals()
    {
        var globals = ImmutableArray.CreateBuilder<GlobalModel>();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (IFieldSymbol field in _class.MembersInSourceOrder<IFieldSymbol>())
        {
            _cancellation.ThrowIfCancellationRequested();
            // Fields of other types belong to user space alone.
            if (!field.IsStatic || field.IsConst || field.IsImplicitlyDeclared || field.AssociatedSymbol is not null || !field.Type.IsUnmanagedType) continue;
            Accessibility visibility = Visibility(field.Type);
            if (visibility == Accessibility.Private || field.Type.TypeKind is TypeKind.Pointer or TypeKind.FunctionPointer) continue;
            // The runtime's typed access excludes it; programs use it all the same.
            if (field.Type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T) continue;
            if (FixedLayout.Exception(field.Type) is { } arranged)
            {
                Report(BpfDiagnostics.LayoutNotFixed, field, field.Name, arranged.ToDisplayString());
                continue;
            }

            string property = PropertyName(field.Name);
            if (names.TryGetValue(property, out string? other))
            {
                Report(BpfDiagnostics.DuplicateName, field, other, field.Name, property);
                continue;
            }

            names[property] = field.Name;
            globals.Add(new GlobalModel(
                field.Name, property, field.Type.ToDisplayString(s_typeFormat), field.IsReadOnly, visibility == Accessibility.Public));
        }

        return globals.ToImmutable();
    }

    /// <summary>The wrapper's name of a field: without the prefixes that fields have, and with a capital letter.</summary>
    private static string PropertyName(string field)
    {
        string name = field.StartsWith("s_", StringComparison.Ordinal) ? field.Substring(2) : field;
        name = name.TrimStart('_');
        if (name.Length == 0 || char.IsDigit(name[0])) return field;
        return char.ToUpperInvariant(name[0]) + name.Substring(1);
    }
}
