using System.Collections.Immutable;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Objects.Writing;

/// <summary>
/// Makes the types by which libbpf knows a map: a struct whose members' types say everything. <c>__uint(max_entries, 8)</c> is a pointer to
/// an array of 8 integers, <c>__type(key, T)</c> a pointer to <c>T</c>, <c>__array(values, T)</c> an array of pointers to <c>T</c>.
/// </summary>
/// <remarks>All types here are new ones, also where the program has an equal one, so that taking them away again is exact.</remarks>
internal sealed class MapDefinitionWriter
{
    private readonly BtfTypes _own;
    private readonly BtfBuilder _builder;
    private readonly ImmutableArray<BtfSectionVariable>.Builder _variables = ImmutableArray.CreateBuilder<BtfSectionVariable>();

    public MapDefinitionWriter(BtfTypes own)
    {
        _own = own;
        _builder = new BtfBuilder(own.Count);
    }

    /// <summary>Bytes of the <c>.maps</c> section so far.</summary>
    public int Size { get; private set; }

    /// <summary>The types to put after the program's own.</summary>
    public IReadOnlyList<BtfType> Types => _builder.Added;

    /// <summary>Defines a map after those before it.</summary>
    public MapPlace Add(MapSpec map)
    {
        int definition = Struct(map, out int definitionSize);
        int valuesOffset = Size + definitionSize;
        int size = definitionSize + (map.Values.Length * 8);
        int variable = _builder.Reserve(new BtfVariable(map.Name, definition, BtfLinkage.Global));
        _variables.Add(new BtfSectionVariable(variable, Size, size));
        var place = new MapPlace(Size, size, valuesOffset);
        Size += size;
        return place;
    }

    /// <summary>Adds the section's type, which goes last.</summary>
    public void Complete()
    {
        if (_variables.Count > 0)
            _builder.Add(new BtfDataSection(ObjectLayout.MapsSection, Size, _variables.ToImmutable()));
    }

    private int Struct(MapSpec map, out int size)
    {
        if (map.Type == MapType.Unspecified)
            throw new ArgumentException($"Map '{map.Name}' has no type.");
        var members = ImmutableArray.CreateBuilder<BtfMember>();
        int bits = 0;
        Number("type", (uint)map.Type);
        TypeOrSize("key", map.KeyTypeId, map.KeySize);
        // A "values" member implies the size of the value.
        bool hasValues = map.Inner is not null || map.Values.Length > 0;
        if (!hasValues || map.ValueTypeId != 0)
            TypeOrSize("value", map.ValueTypeId, map.ValueSize);
        else if (map.ValueSize is not (0 or 4))
            throw new ArgumentException($"Map '{map.Name}' holds descriptors, so its value has 4 bytes, not {map.ValueSize}.");
        NumberUnlessZero("max_entries", map.MaxEntries);
        NumberUnlessZero("map_flags", map.Flags);
        if (map.NumaNode is { } node)
            Number("numa_node", (uint)node);
        NumberUnlessZero("pinning", (uint)map.Pinning);
        if (map.Extra > uint.MaxValue)
            Member("map_extra", LongNumber(map.Extra), 64);
        else
            NumberUnlessZero("map_extra", (uint)map.Extra);
        if (hasValues)
            Member("values", Values(map), 0);

        size = bits / 8;
        return _builder.Add(new BtfStruct("", false, size, members.ToImmutable()));

        void Member(string name, int typeId, int width)
        {
            members.Add(new BtfMember(name, typeId, bits));
            bits += width;
        }

        void Number(string name, uint value) =>
            Member(name, _builder.Add(new BtfPointer(_builder.Add(new BtfArray(Int(), Index(), unchecked((int)value))))), 64);

        void NumberUnlessZero(string name, uint value)
        {
            if (value != 0)
                Number(name, value);
        }

        void TypeOrSize(string name, int typeId, int length)
        {
            if (typeId == 0)
            {
                NumberUnlessZero(name + "_size", (uint)length);
                return;
            }
            if (_own.SizeOf(typeId) != length)
                throw new ArgumentException($"The {name} of map '{map.Name}' has {length} bytes, but its type has {_own.SizeOf(typeId)}.");
            Member(name, _builder.Add(new BtfPointer(typeId)), 64);
        }
    }

    private int Values(MapSpec map)
    {
        int element = map.Inner is { } inner
            ? Struct(inner, out _)
            : _builder.Add(new BtfPrototype(Int(), [new BtfParameter("", _builder.Add(new BtfPointer(0)))]));
        return _builder.Add(new BtfArray(_builder.Add(new BtfPointer(element)), Index(), 0));
    }

    // libbpf's __ulong: an enum with one value; libbpf asks nothing of its name.
    private int LongNumber(ulong value) =>
        _builder.Add(new BtfEnum("", 8, false, true, [new BtfEnumValue("__unique_value", unchecked((long)value))]));

    private int Int() => _builder.Add(new BtfInt("int", 4, BtfIntEncoding.Signed, 32));

    private int Index() => _builder.Add(new BtfInt("__ARRAY_SIZE_TYPE__", 4, BtfIntEncoding.None, 32));
}
