using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>
/// Computes and keeps type layouts. They are those of .NET on 64-bit machines: sequential with natural alignment, <c>Pack</c> and <c>Size</c>
/// obeyed, explicit offsets, inline arrays. A type that kernel code cannot have gives the diagnostic that says so.
/// </summary>
internal sealed class TypeLayouts(Compilation compilation)
{
    private readonly Dictionary<ITypeSymbol, (TypeLayout? Layout, string Problem)> _cache = new(SymbolEqualityComparer.Default);

    /// <summary>The compilation whose types these are.</summary>
    public Compilation Compilation { get; } = compilation;

    /// <summary>One pointer.</summary>
    public TypeLayout Pointer { get; } = new(compilation.GetSpecialType(SpecialType.System_UIntPtr), LayoutKind.Pointer, 8, 8);

    /// <summary><c>int</c>.</summary>
    public TypeLayout Int32 => Get(Compilation.GetSpecialType(SpecialType.System_Int32))!;

    /// <summary><c>long</c>.</summary>
    public TypeLayout Int64 => Get(Compilation.GetSpecialType(SpecialType.System_Int64))!;

    /// <summary><c>bool</c>.</summary>
    public TypeLayout Boolean => Get(Compilation.GetSpecialType(SpecialType.System_Boolean))!;

    /// <summary><c>byte</c>.</summary>
    public TypeLayout Byte => Get(Compilation.GetSpecialType(SpecialType.System_Byte))!;

    /// <summary>The layout, null if kernel code cannot have the type.</summary>
    public TypeLayout? Get(ITypeSymbol type) => Get(type, out _);

    /// <summary>The layout, null if kernel code cannot have the type; <paramref name="problem"/> is then the id of the diagnostic, "" where the C# compiler has one.</summary>
    public TypeLayout? Get(ITypeSymbol type, out string problem)
    {
        if (!_cache.TryGetValue(type, out (TypeLayout? Layout, string Problem) entry))
        {
            _cache[type] = (null, ""); // A struct that contains itself: the C# compiler reports it.
            string found = "";
            TypeLayout? layout = Compute(type, ref found);
            _cache[type] = entry = (layout, found);
        }
        problem = entry.Problem;
        return entry.Layout;
    }

    private TypeLayout? Compute(ITypeSymbol type, ref string problem)
    {
        if (type.IsErroneous()) return null;
        switch (type.SpecialType)
        {
            case SpecialType.System_Void: return new TypeLayout(type, LayoutKind.Void, 0, 1);
            case SpecialType.System_Boolean or SpecialType.System_Byte: return Integer(type, 1, false);
            case SpecialType.System_SByte: return Integer(type, 1, true);
            case SpecialType.System_Char or SpecialType.System_UInt16: return Integer(type, 2, false);
            case SpecialType.System_Int16: return Integer(type, 2, true);
            case SpecialType.System_UInt32: return Integer(type, 4, false);
            case SpecialType.System_Int32: return Integer(type, 4, true);
            case SpecialType.System_UInt64 or SpecialType.System_UIntPtr: return Integer(type, 8, false);
            case SpecialType.System_Int64 or SpecialType.System_IntPtr: return Integer(type, 8, true);
            case SpecialType.System_Single or SpecialType.System_Double or SpecialType.System_Decimal:
                problem = Ids.FloatingPoint;
                return null;
            case SpecialType.System_String:
                problem = Ids.StringUse;
                return null;
        }
        switch (type)
        {
            case INamedTypeSymbol { TypeKind: TypeKind.Enum, EnumUnderlyingType: { } underlying }:
                TypeLayout integer = Get(underlying)!;
                return Integer(type, integer.Size, integer.IsSigned);
            case INamedTypeSymbol { TypeKind: TypeKind.Struct } named:
                return Struct(named, ref problem);
            case IPointerTypeSymbol or IFunctionPointerTypeSymbol:
                problem = Ids.UnsafePointer;
                return null;
            case IDynamicTypeSymbol:
                problem = Ids.DynamicUse;
                return null;
            case INamedTypeSymbol { TypeKind: TypeKind.Delegate }:
                problem = Ids.DelegateUse;
                return null;
            case IArrayTypeSymbol:
                problem = Ids.ArrayUse;
                return null;
            case INamedTypeSymbol { TypeKind: TypeKind.Interface }:
                problem = Ids.VirtualCall;
                return null;
            case INamedTypeSymbol { TypeKind: TypeKind.Class } map when map.OriginalDefinition.Attribute(KnownNames.MapTypeAttribute) is not null:
                return new TypeLayout(type, LayoutKind.Pointer, 8, 8); // A map that was found in a map of maps.
            default:
                problem = Ids.ReferenceType;
                return null;
        }
    }

    private static TypeLayout Integer(ITypeSymbol type, int size, bool signed) => new(type, LayoutKind.Integer, size, size, signed);

    private TypeLayout? Struct(INamedTypeSymbol type, ref string problem)
    {
        string name = type.OriginalDefinition.FullMetadataName();
        switch (name)
        {
            case "System.Span`1" or "System.ReadOnlySpan`1":
                return Get(type.TypeArguments[0], out problem) is { } element
                    ? new TypeLayout(type, LayoutKind.Struct, 16, 8)
                    {
                        Fields = [new(null, "_reference", 0, Pointer, true), new(null, "_length", TypeLayout.SpanLengthOffset, Int32, false)],
                        Element = element,
                        IsSpan = true,
                        HasPadding = true,
                        HasPointers = true,
                    }
                    : null;
            case "System.Index":
                // Its private field: the number, or its complement where it counts from the end.
                return new TypeLayout(type, LayoutKind.Struct, 4, 4) { Fields = [new(null, "_value", 0, Int32, false)] };
            case "System.Range":
                TypeLayout index = Get(Compilation.GetTypeByMetadataName("System.Index")!)!;
                return new TypeLayout(type, LayoutKind.Struct, 8, 4) { Fields = [new(null, "Start", 0, index, false), new(null, "End", 4, index, false)] };
            case "System.Half" or "System.Runtime.InteropServices.NFloat":
                problem = Ids.FloatingPoint;
                return null;
            case "System.TypedReference" or "System.ArgIterator" or "System.RuntimeArgumentHandle":
                problem = Ids.UnsupportedType;
                return null;
            case KnownNames.SpinLock:
                return new TypeLayout(type, LayoutKind.Struct, TypeLayout.LockSize, TypeLayout.LockSize) { HasPadding = true, HasLock = true };
            case KnownNames.Timer:
                return new TypeLayout(type, LayoutKind.Struct, 16, 8) { HasPadding = true, HasLock = true };
            case KnownNames.PacketCursor:
                return new TypeLayout(type, LayoutKind.Struct, 16, 8)
                {
                    Fields = [new(null, "data", 0, Pointer, true), new(null, "end", 8, Pointer, true)],
                    HasPointers = true,
                };
        }
        if (name == KnownNames.KernelArray)
        {
            return new TypeLayout(type, LayoutKind.Struct, 16, 8)
            {
                Fields = [new(null, "address", 0, Pointer, false), new(null, "length", 8, Int32, false)],
                HasPadding = true,
                HasPointers = true,
            };
        }
        if (KnownNames.PointerStructs.Contains(name) || KnownNames.KernelPointers.Contains(name) || type.OriginalDefinition.Attribute(KnownNames.KernelTypeAttribute) is not null || type.OriginalDefinition.Attribute(KnownNames.ContextAttribute) is not null)
        {
            return new TypeLayout(type, LayoutKind.Pointer, 8, 8);
        }
        if (type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T) return Nullable(type, ref problem);
        if (type.IsTupleType) return Sequential(type, [.. type.TupleElements.Select(static e => (IFieldSymbol?)e)], 0, 0, ref problem);
        if (type.DeclaringSyntaxReferences.IsEmpty && name.StartsWith("System.", StringComparison.Ordinal) && !IsKnownSystemStruct(name))
        {
            // A reference assembly does not have the private fields.
            problem = Ids.UnsupportedType;
            return null;
        }
        return Fields(type, ref problem);
    }

    private static bool IsKnownSystemStruct(string name) => name is "System.Collections.Generic.KeyValuePair`2";

    private TypeLayout? Nullable(INamedTypeSymbol type, ref string problem)
    {
        if (Get(type.TypeArguments[0], out problem) is not { } value) return null;
        int size = value.Alignment + Round(value.Size, value.Alignment);
        return new TypeLayout(type, LayoutKind.Struct, size, value.Alignment)
        {
            Fields = [new(null, "hasValue", 0, Boolean, false), new(null, "value", value.Alignment, value, false)],
            HasPadding = value.Alignment > 1 || value.HasPadding,
            HasPointers = value.HasPointers,
            HasLock = value.HasLock,
            Element = value,
        };
    }

    private TypeLayout? Fields(INamedTypeSymbol type, ref string problem)
    {
        ImmutableArray<IFieldSymbol?> fields = [.. type.GetMembers().OfType<IFieldSymbol>().Where(static f => !f.IsStatic && !f.IsConst)];
        int pack = 0, minimum = 0;
        bool isExplicit = false;
        if (type.OriginalDefinition.Attribute("System.Runtime.InteropServices.StructLayoutAttribute") is { } attribute)
        {
            pack = attribute.Named("Pack") as int? ?? 0;
            minimum = attribute.Named("Size") as int? ?? 0;
            isExplicit = attribute.Positional(0) is int kind && kind == (int)System.Runtime.InteropServices.LayoutKind.Explicit;
        }
        if (type.OriginalDefinition.Attribute("System.Runtime.CompilerServices.InlineArrayAttribute")?.Positional(0) is int count)
        {
            if (fields.Length != 1 || count <= 0) return null;
            if (Get(fields[0]!.Type, out problem) is not { } element) return null;
            if ((long)element.Size * count > int.MaxValue)
            {
                problem = Ids.UnsupportedType;
                return null;
            }
            return new TypeLayout(type, LayoutKind.Struct, element.Size * count, element.Alignment)
            {
                ElementCount = count,
                Element = element,
                Fields = [new(fields[0]!.OriginalDefinition, fields[0]!.Name, 0, element, false)],
                HasPadding = element.HasPadding,
                HasPointers = element.HasPointers,
                HasLock = element.HasLock,
            };
        }
        return isExplicit ? Explicit(type, fields, pack, minimum, ref problem) : Sequential(type, fields, pack, minimum, ref problem);
    }

    private TypeLayout? Sequential(INamedTypeSymbol type, ImmutableArray<IFieldSymbol?> fields, int pack, int minimum, ref string problem)
    {
        ImmutableArray<FieldLayout>.Builder laidOut = ImmutableArray.CreateBuilder<FieldLayout>(fields.Length);
        int offset = 0, alignment = 1;
        bool padding = false, pointers = false;
        foreach (IFieldSymbol? field in fields)
        {
            if (FieldLayout(field!, ref problem) is not { } layout) return null;
            int aligned = pack is > 0 and < 8 ? Math.Min(layout.Alignment, pack) : layout.Alignment;
            int start = Round(offset, aligned);
            padding |= start != offset || layout.HasPadding;
            pointers |= layout.HasPointers;
            alignment = Math.Max(alignment, aligned);
            laidOut.Add(new FieldLayout(Definition(field!), field!.Name, start, layout, field.RefKind != RefKind.None));
            offset = start + layout.Size;
        }
        int size = Math.Max(Math.Max(Round(offset, alignment), minimum), 1);
        return new TypeLayout(type, LayoutKind.Struct, size, alignment)
        {
            Fields = laidOut.ToImmutable(),
            HasPadding = padding || size != offset,
            HasPointers = pointers,
            HasLock = laidOut.Any(static f => f.Layout.HasLock),
        };
    }

    private TypeLayout? Explicit(INamedTypeSymbol type, ImmutableArray<IFieldSymbol?> fields, int pack, int minimum, ref string problem)
    {
        ImmutableArray<FieldLayout>.Builder laidOut = ImmutableArray.CreateBuilder<FieldLayout>(fields.Length);
        int end = 0, alignment = 1;
        bool pointers = false;
        foreach (IFieldSymbol? field in fields)
        {
            if (FieldLayout(field!, ref problem) is not { } layout) return null;
            if (field!.OriginalDefinition.Attribute("System.Runtime.InteropServices.FieldOffsetAttribute")?.Positional(0) is not int offset || offset < 0) return null;
            alignment = Math.Max(alignment, pack is > 0 and < 8 ? Math.Min(layout.Alignment, pack) : layout.Alignment);
            pointers |= layout.HasPointers;
            end = Math.Max(end, offset + layout.Size);
            laidOut.Add(new FieldLayout(Definition(field), field.Name, offset, layout, field.RefKind != RefKind.None));
        }
        return new TypeLayout(type, LayoutKind.Struct, Math.Max(Math.Max(Round(end, alignment), minimum), 1), alignment)
        {
            Fields = [.. laidOut.OrderBy(static f => f.Offset)],
            HasPadding = true,
            HasPointers = pointers,
            HasLock = laidOut.Any(static f => f.Layout.HasLock),
        };
    }

    private TypeLayout? FieldLayout(IFieldSymbol field, ref string problem)
    {
        if (field.IsFixedSizeBuffer)
        {
            problem = Ids.UnsafePointer;
            return null;
        }
        if (field.RefKind == RefKind.None) return Get(field.Type, out problem);
        return Get(field.Type, out problem) is null ? null : Pointer;
    }

    private static IFieldSymbol Definition(IFieldSymbol field) => (field.CorrespondingTupleField ?? field).OriginalDefinition;

    private static int Round(int value, int alignment) => (value + alignment - 1) / alignment * alignment;
}
