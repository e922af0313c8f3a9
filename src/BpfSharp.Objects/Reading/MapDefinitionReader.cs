using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Objects.Reading;

/// <summary>Reads a map's definition from its struct, whose members' types hold the attributes.</summary>
/// <param name="types">The object's types.</param>
/// <param name="section">The section, for errors.</param>
/// <param name="offset">The definition's place in it, for errors.</param>
internal sealed class MapDefinitionReader(BtfTypes types, string section, long offset)
{
    /// <summary>Reads a map.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="typeId">The struct's id.</param>
    /// <param name="valuesOffset">Bytes from the struct's start to the initial values; its size if it has none.</param>
    public MapSpec Read(string name, int typeId, out int valuesOffset) => Read(name, typeId, isInner: false, out valuesOffset);

    private MapSpec Read(string name, int typeId, bool isInner, out int valuesOffset)
    {
        if (types.Find(types.Resolve(typeId)) is not BtfStruct { IsUnion: false } definition)
            throw Error(name, "the definition is no struct");
        var result = new MapSpec { Name = name, Type = MapType.Unspecified };
        valuesOffset = definition.Size;
        foreach (BtfMember member in definition.Members)
        {
            switch (member.Name)
            {
                case "type": result = result with { Type = (MapType)Number(name, member) }; break;
                case "max_entries": result = result with { MaxEntries = Number(name, member) }; break;
                case "map_flags": result = result with { Flags = Number(name, member) }; break;
                case "map_extra": result = result with { Extra = LongNumber(name, member) }; break;
                case "numa_node": result = result with { NumaNode = unchecked((int)Number(name, member)) }; break;
                case "key_size": result = result with { KeySize = Size(name, member, result.KeySize) }; break;
                case "value_size": result = result with { ValueSize = Size(name, member, result.ValueSize) }; break;
                case "key":
                    int key = Pointee(name, member);
                    result = result with { KeyTypeId = key, KeySize = Agree(name, member, result.KeySize, types.SizeOf(key)) };
                    break;
                case "value":
                    int value = Pointee(name, member);
                    result = result with { ValueTypeId = value, ValueSize = Agree(name, member, result.ValueSize, types.SizeOf(value)) };
                    break;
                case "pinning":
                    result = result with { Pinning = (MapPinning)Number(name, member) };
                    break;
                case "values" when isInner:
                    throw Error(name, "an inner map cannot have inner maps");
                case "values":
                    valuesOffset = member.BitOffset / 8;
                    if (valuesOffset < 0 || valuesOffset > definition.Size)
                        throw Error(name, "'values' is not within the definition");
                    result = result with { Inner = Inner(result, member), ValueSize = Agree(name, member, result.ValueSize, 4) };
                    break;
                default:
                    throw Error(name, $"the attribute '{member.Name}' is not known");
            }
        }
        if (result.Type == MapType.Unspecified)
            throw Error(name, "the definition has no type");
        if (result.Pinning is not (MapPinning.None or MapPinning.ByName))
            throw Error(name, $"the kind of pinning {(int)result.Pinning} is not known");
        return result;
    }

    private MapSpec? Inner(MapSpec map, BtfMember member)
    {
        if (map.Type is not (MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.ProgramArray))
            throw Error(map.Name, "only maps of maps and program arrays have initial values");
        if (types.Find(types.Resolve(member.TypeId)) is not BtfArray { Count: 0 } array
            || types.Find(types.Resolve(array.ElementTypeId)) is not BtfPointer pointer)
            throw Error(map.Name, "'values' is no array of pointers");
        if (map.Type != MapType.ProgramArray)
            return Read(map.Name + ".inner", pointer.TypeId, isInner: true, out _);
        return types.Find(types.Resolve(pointer.TypeId)) is BtfPrototype
            ? null
            : throw Error(map.Name, "'values' is no array of pointers to functions");
    }

    /// <summary><c>__uint</c>: a pointer to an array, whose length is the number.</summary>
    private uint Number(string map, BtfMember member) =>
        types.Find(types.Resolve(member.TypeId)) is BtfPointer pointer && types.Find(pointer.TypeId) is BtfArray array
            ? unchecked((uint)array.Count)
            : throw Error(map, $"'{member.Name}' is no number");

    /// <summary><c>__uint</c> or <c>__ulong</c>: an enum with one value.</summary>
    private ulong LongNumber(string map, BtfMember member) =>
        types.Find(types.Resolve(member.TypeId)) is BtfEnum { Values: [var value] }
            ? unchecked((ulong)value.Value)
            : Number(map, member);

    private int Pointee(string map, BtfMember member) =>
        types.Find(member.TypeId) is BtfPointer pointer ? pointer.TypeId : throw Error(map, $"'{member.Name}' is no pointer to a type");

    private int Size(string map, BtfMember member, int known)
    {
        uint size = Number(map, member);
        return Agree(map, member, known, size <= int.MaxValue ? (int)size : null);
    }

    private int Agree(string map, BtfMember member, int known, int? size)
    {
        if (size is not { } bytes)
            throw Error(map, $"'{member.Name}' has no size");
        if (known != 0 && known != bytes)
            throw Error(map, $"'{member.Name}' has {bytes} bytes, which contradicts {known}");
        return bytes;
    }

    private ObjectFormatException Error(string map, string problem) => new(section, offset, $"Map '{map}': {problem}.");
}
