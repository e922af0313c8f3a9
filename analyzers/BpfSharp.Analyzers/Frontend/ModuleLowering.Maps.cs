using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Analyzers.Generator;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>A map of the class.</summary>
/// <param name="Spec">The map as the object defines it.</param>
/// <param name="Key">The keys' layout; null where the type has none.</param>
/// <param name="Value">The values' layout; null where the type has none.</param>
internal sealed record MapInfo(MapSpec Spec, TypeLayout? Key, TypeLayout? Value)
{
    /// <summary>Where the map is, if it was found in a map of maps.</summary>
    public BpfSharp.Compiler.IR.Value? Pointer { get; init; }
}

/// <summary>Maps.</summary>
internal sealed partial class ModuleLowering
{
    private readonly Dictionary<IPropertySymbol, MapInfo> _maps = new(SymbolEqualityComparer.Default);

    private bool _hasProbePlaces;

    /// <summary>The map that a property stands for, null if it stands for none.</summary>
    public MapInfo? Map(IPropertySymbol property) =>
        _maps.TryGetValue(property, out MapInfo? map) || property.PartialDefinitionPart is { } definition && _maps.TryGetValue(definition, out map) ? map : null;

    private void AddMaps()
    {
        foreach (IPropertySymbol property in Class.MembersInSourceOrder<IPropertySymbol>())
        {
            if (property.Attribute(KnownNames.MapAttribute) is not { } attribute) continue;
            if (property.Type is not INamedTypeSymbol type || type.IsErroneous())
            {
                FailSilently(property.DeclaringSyntaxReferences[0].GetSyntax(Cancellation));
                continue;
            }
            if (type.OriginalDefinition.Attribute(KnownNames.MapTypeAttribute) is { } kind) AddMap(property, attribute, type, kind);
        }
    }

    private void AddMap(IPropertySymbol property, AttributeData attribute, INamedTypeSymbol type, AttributeData kind)
    {
        SyntaxNode syntax = property.DeclaringSyntaxReferences[0].GetSyntax(Cancellation);
        string name = attribute.Named("Name") as string is { Length: > 0 } given ? BtfTypeWriter.Identifier(given) : BtfTypeWriter.Identifier(property.Name);
        if (MakeMap(property, name, type, kind, syntax) is not { } map) return;
        MapSpec spec = map.Spec with
        {
            Name = UniqueSymbol(name),
            MaxEntries = attribute.Named("MaxEntries") as uint? ?? 0,
            Flags = map.Spec.Flags | (attribute.Named("Flags") as uint? ?? 0),
            Pinning = attribute.Named("Pinning") is int pinning ? (MapPinning)pinning : MapPinning.None,
        };
        if (InnerType(type) is { } inner)
        {
            if (MakeMap(property, spec.Name + ".inner", inner, inner.OriginalDefinition.Attribute(KnownNames.MapTypeAttribute)!, syntax) is not { } template) return;
            if (template.Key is { HasLock: true } || template.Value is { HasLock: true })
            {
                Report(Ids.LockPlace, syntax, property.Name);
                return;
            }
            spec = spec with { Inner = template.Spec with { MaxEntries = attribute.Named("InnerMaxEntries") as uint? ?? 0, Flags = template.Spec.Flags | (attribute.Named("InnerFlags") as uint? ?? 0) } };
        }
        if (spec.Type == MapType.Arena && !AddArena(property, spec, map.Value, syntax)) return;
        _maps.Add(property, map with { Spec = spec });
        Module.Maps.Add(spec);
        Module.MapDebugIds[spec.Name] = Positions.Id(syntax);
    }

    /// <summary>Notes the start of the arena, by which programs reach it; false if there is something wrong with it, which is reported.</summary>
    private bool AddArena(IPropertySymbol property, MapSpec spec, TypeLayout? element, SyntaxNode syntax)
    {
        if (Module.Maps.Find(static m => m.Type == MapType.Arena) is { } other)
        {
            Report(Ids.SecondArena, syntax, property.Name, other.Name);
            return false;
        }
        long size = (long)spec.MaxEntries * Arenas.PageSize;
        if (size > Arenas.MaximumSize || element is null || element.Size == 0 || size / element.Size is < 1 or > int.MaxValue)
        {
            Report(Ids.ArenaSize, syntax, property.Name, spec.MaxEntries.ToString(System.Globalization.CultureInfo.InvariantCulture), element?.Type.ToDisplayString() ?? "");
            return false;
        }
        TypeLayout start = Layouts.Get(Compilation.GetSpecialType(SpecialType.System_UInt64))!;
        Module.Globals.Add(new BpfSharp.Compiler.IR.Global(Arenas.Whole, Arenas.Section, start.Size, start.Alignment, Btf.Type(start), []));
        return true;
    }

    /// <summary>What a map class says: all but the declaration's own settings. Null if something is wrong with it, which is reported.</summary>
    private MapInfo? MakeMap(IPropertySymbol property, string name, INamedTypeSymbol type, AttributeData kind, SyntaxNode syntax)
    {
        MapType mapType = (MapType)Convert.ToUInt32(kind.Positional(0), System.Globalization.CultureInfo.InvariantCulture);
        ImmutableArray<TypeLayout>.Builder arguments = ImmutableArray.CreateBuilder<TypeLayout>();
        // What these hold has no type of its own; their type arguments are keys.
        bool isOuter = InnerType(type) is not null, hasKeyOnly = isOuter || mapType == MapType.SockHash;
        foreach (ITypeSymbol argument in isOuter ? type.TypeArguments.RemoveAt(type.TypeArguments.Length - 1) : KeyAndValue(type))
        {
            if (LayoutOrReport(argument, syntax) is not { } layout) return null;
            if (layout.HasPointers)
            {
                Report(Ids.MapType, syntax, argument.ToDisplayString());
                return null;
            }
            arguments.Add(layout);
        }
        MapShape shape = MapShape.Of(mapType);
        bool isTyped = arguments.Count > 0 && shape.HasValue;
        // Maps with an index and storages have only a value type; their keys are 32-bit.
        TypeLayout? key = !shape.HasKey || !isTyped ? null : hasKeyOnly || arguments.Count == 2 ? arguments[0] : Layouts.Get(Compilation.GetSpecialType(SpecialType.System_UInt32));
        TypeLayout? value = hasKeyOnly || arguments.Count == 0 ? null : arguments[arguments.Count - 1];
        if (!CheckLock(property, syntax, mapType, key, value)) return null;
        MapSpec spec = new()
        {
            Name = name,
            Type = mapType,
            KeySize = isTyped ? key?.Size ?? 0 : kind.Named("KeySize") as int? ?? 0,
            ValueSize = isTyped && !hasKeyOnly ? value?.Size ?? 0 : kind.Named("ValueSize") as int? ?? 0,
            Flags = kind.Named("Flags") as uint? ?? 0,
            KeyTypeId = key is null ? 0 : Btf.Type(key),
            ValueTypeId = !isTyped || value is null ? 0 : Btf.Type(value),
        };
        return new MapInfo(spec, key, value);
    }

    /// <summary>The map of what is known of static probes' places, by libbpf's name and of its size; made when the first program asks.</summary>
    public string ProbePlaces()
    {
        const string Name = "__bpf_usdt_specs";
        if (_hasProbePlaces) return Name;
        _hasProbePlaces = true;
        Module.Maps.Add(new MapSpec { Name = UniqueSymbol(Name), Type = MapType.Array, KeySize = 4, ValueSize = 208, MaxEntries = 256 });
        return Name;
    }

    /// <summary>The type of the maps in a map of maps, null for other maps.</summary>
    private static INamedTypeSymbol? InnerType(INamedTypeSymbol type) =>
        type.TypeArguments.LastOrDefault() is INamedTypeSymbol inner && inner.OriginalDefinition.Attribute(KnownNames.MapTypeAttribute) is not null ? inner : null;

    /// <summary>What is known of a map that was found in another one; null if the type is no map's.</summary>
    public MapInfo? InnerMap(INamedTypeSymbol type)
    {
        if (type.OriginalDefinition.Attribute(KnownNames.MapTypeAttribute) is not { } kind || InnerType(type) is not null) return null;
        MapType mapType = (MapType)Convert.ToUInt32(kind.Positional(0), System.Globalization.CultureInfo.InvariantCulture);
        TypeLayout?[] arguments = [.. KeyAndValue(type).Select(Layouts.Get)];
        if (arguments.Length == 0 || arguments.Contains(null)) return null;
        TypeLayout? key = arguments.Length == 2 ? arguments[0] : Layouts.Get(Compilation.GetSpecialType(SpecialType.System_UInt32)), value = arguments[arguments.Length - 1];
        return new MapInfo(new MapSpec { Name = "", Type = mapType, KeySize = key!.Size, ValueSize = value!.Size }, key, value);
    }

    /// <summary>The kernel allows locks and timers as direct fields of a value, one of each at most, in some types of maps.</summary>
    private bool CheckLock(IPropertySymbol property, SyntaxNode syntax, MapType type, TypeLayout? key, TypeLayout? value)
    {
        if (key is not { HasLock: true } && value is not { HasLock: true }) return true;
        bool isPlaced = key is not { HasLock: true } && value is { ElementCount: 0, IsNullable: false } && IsPlaced(type, value);
        if (!isPlaced) Report(Ids.LockPlace, syntax, property.Name);
        return isPlaced;
    }

    /// <summary>The types of keys and values: what the class's base, which has the methods, is constructed of.</summary>
    private static ImmutableArray<ITypeSymbol> KeyAndValue(INamedTypeSymbol type) =>
        type.BaseType is { TypeArguments.Length: > 0 } map ? map.TypeArguments : type.TypeArguments;

    private static bool IsPlaced(MapType type, TypeLayout value)
    {
        FieldLayout[] special = [.. value.Fields.Where(static f => f.Layout.HasLock)];
        return special.Length > 0 && special.All(f => f.Layout.IsLock && MapFields.Of(BtfTypeWriter.LockName(f.Layout)).MapTypes.Contains(type))
            && special.Select(static f => f.Layout.Type).Distinct(SymbolEqualityComparer.Default).Count() == special.Length;
    }
}
