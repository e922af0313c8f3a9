using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Analyzers.Frontend;
using BpfSharp.Objects.Kernel;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace BpfSharp.Analyzers.Generator;

/// <summary>Map properties.</summary>
internal sealed partial class ObjectGatherer
{
    private const uint SmallestPage = 4096;

    private ImmutableArray<MapModel> GatherMaps()
    {
        var maps = ImmutableArray.CreateBuilder<MapModel>();
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (IPropertySymbol property in _class.MembersInSourceOrder<IPropertySymbol>())
        {
            _cancellation.ThrowIfCancellationRequested();
            AttributeData? attribute = property.FindAttribute(KernelNames.MapAttribute);
            if (attribute is null) continue;
            MapModel? map = GatherMap(property, attribute);
            if (map is null) continue;
            if (names.TryGetValue(map.SymbolName, out string? other))
            {
                Report(BpfDiagnostics.DuplicateName, property, other, property.Name, map.SymbolName);
                map = map with { ViewName = "" };
            }

            names[map.SymbolName] = property.Name;
            maps.Add(map);
        }

        return maps.ToImmutable();
    }

    private MapModel? GatherMap(IPropertySymbol property, AttributeData attribute)
    {
        var syntax = property.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellation) as PropertyDeclarationSyntax;
        if (syntax is null || !property.IsStatic || !property.IsPartialDefinition || property.SetMethod is not null)
        {
            Report(BpfDiagnostics.MapNotStaticPartial, property, property.Name, syntax?.Type.ToString() ?? "");
            return null;
        }

        string typeName = property.Type.ToDisplayString(s_typeFormat);
        // Without a capacity the implementing part throws: it is there only so that the mistake is not followed by others.
        var map = new MapModel(property.Name, attribute.NamedString("Name") ?? property.Name, syntax.Modifiers.ToString(), typeName, "", false, null);
        AttributeData? kind = property.Type.FindAttribute(KernelNames.MapTypeAttribute);
        if (kind is null)
        {
            if (property.Type.TypeKind != TypeKind.Error) Report(BpfDiagnostics.NotAMapType, property, property.Name, property.Type.ToDisplayString());
            return map;
        }

        if (!CheckName(property, map.SymbolName)) return map;
        ImmutableArray<ITypeSymbol> arguments = MapArguments((INamedTypeSymbol)property.Type);
        if (!arguments.All(type => type.IsUnmanagedType)) return map; // C# reports it: the map classes have the constraint.
        if (arguments.Select(FixedLayout.Exception).FirstOrDefault(static t => t is not null) is { } arranged)
        {
            Report(BpfDiagnostics.LayoutNotFixed, property, property.Name, arranged.ToDisplayString());
            return map;
        }

        uint entries = attribute.Named("MaxEntries")?.Value as uint? ?? 0;
        if (!CheckCapacity(property, kind, entries)) return map;
        if (IsOfMaps((INamedTypeSymbol)property.Type) && attribute.Named("InnerMaxEntries")?.Value is not > 0u)
        {
            Report(BpfDiagnostics.MapWithoutCapacity, property, property.Name, "the number of entries of its inner maps (InnerMaxEntries)");
            return map;
        }
        Accessibility visibility = Visibility(property.Type);
        string types = string.Join(", ", arguments.Select(type => type.ToDisplayString(s_typeFormat)));
        string view = visibility == Accessibility.Private ? "" : "global::BpfSharp." + kind.NamedString("View") + (types.Length > 0 ? "<" + types + ">" : "");
        return map with { ViewName = view, IsPublic = visibility == Accessibility.Public, MaxEntries = entries, Initialisation = TableContent(property, kind, entries) };
    }

    /// <summary>Key and value of a map: the type arguments of its base class, or its own if it has none.</summary>
    private static ImmutableArray<ITypeSymbol> MapArguments(INamedTypeSymbol map) =>
        IsOfMaps(map) ? map.TypeArguments.RemoveAt(map.TypeArguments.Length - 1) : map.BaseType is { SpecialType: not SpecialType.System_Object } parent ? parent.TypeArguments : map.TypeArguments;

    private static bool IsOfMaps(INamedTypeSymbol map) => map.TypeArguments.LastOrDefault()?.FindAttribute(KernelNames.MapTypeAttribute) is not null;

    private bool CheckCapacity(IPropertySymbol property, AttributeData kind, uint entries)
    {
        MapType type = kind.ConstructorArguments.Length > 0 ? (MapType)(kind.ConstructorArguments[0].Value as uint? ?? 0) : MapType.Unspecified;
        switch (MapShape.Of(type).Capacity)
        {
            case MapCapacity.Optional:
                return true;
            case MapCapacity.None:
                if (entries > 0) Report(BpfDiagnostics.MapWithCapacity, property, property.Name, kind.NamedString("Owner") ?? "object");
                return entries == 0;
            case MapCapacity.Bytes when entries == 0:
                Report(BpfDiagnostics.MapWithoutCapacity, property, property.Name, "its size in bytes");
                return false;
            case MapCapacity.Bytes when entries < SmallestPage || (entries & (entries - 1)) != 0:
                Report(BpfDiagnostics.RingBufferSize, property, property.Name, entries.ToString());
                return false;
            case MapCapacity.Pages when entries == 0:
                Report(BpfDiagnostics.MapWithoutCapacity, property, property.Name, "its size in pages of 4096 bytes");
                return false;
            case MapCapacity.Entries when entries == 0:
                Report(BpfDiagnostics.MapWithoutCapacity, property, property.Name, "the number of entries");
                return false;
            default:
                return true;
        }
    }
}
