using System.Collections.Immutable;
using System.Runtime.InteropServices;
using BpfSharp.Objects.Binary;

namespace BpfSharp.Objects.Btf;

/// <summary>Reads BTF (the <c>.BTF</c> section of an object, or <c>/sys/kernel/btf/vmlinux</c>).</summary>
public static class BtfReader
{
    private const string SectionName = ".BTF";

    /// <summary>Reads all types. Every id that a type refers to exists.</summary>
    /// <param name="bytes">The section's content.</param>
    /// <exception cref="ObjectFormatException">The content is malformed.</exception>
    public static BtfTypes Read(ReadOnlySpan<byte> bytes) => Read(new SectionData(SectionName, bytes), out _);

    /// <summary>Reads all types, and gives the string table, which <c>.BTF.ext</c> shares.</summary>
    internal static BtfTypes Read(SectionData section, out StringTableReader strings)
    {
        if (section.U16(0) != BtfHeader.Magic)
            throw section.Error(0, "This is not little-endian BTF: the magic number is wrong.");
        if (section.U8(2) != BtfHeader.Version)
            throw section.Error(2, $"BTF version {section.U8(2)} is not supported.");
        long header = section.U32(4);
        if (header < BtfHeader.Size)
            throw section.Error(4, $"The header's length {header} is too small.");
        SectionData types = section.Part(header + section.U32(8), section.U32(12));
        strings = new StringTableReader(section.Part(header + section.U32(16), section.U32(20)));

        // A type takes at least 12 bytes, so the section's size bounds every id in it.
        int maximumId = types.Length / 12;
        var result = new List<BtfType>(maximumId / 2);
        var reader = new TypeReader(types, strings, maximumId);
        for (int offset = 0; offset < types.Length;)
            result.Add(reader.Read(ref offset));
        Check(result, types);
        return new BtfTypes(ImmutableCollectionsMarshal.AsImmutableArray(result.ToArray()));
    }

    private static void Check(List<BtfType> types, SectionData section)
    {
        int count = types.Count;
        for (int i = 0; i < count; i++)
        {
            BtfType type = types[i];
            for (int j = BtfReferences.Count(type) - 1; j >= 0; j--)
            {
                int id = BtfReferences.At(type, j);
                if (id > count)
                    throw section.Error(0, $"Type {i + 1} refers to type {id}, but there are only {count}.");
            }
        }
    }

    private readonly ref struct TypeReader(SectionData section, StringTableReader strings, int maximumId)
    {
        private readonly SectionData _section = section;

        public BtfType Read(ref int offset)
        {
            int start = offset;
            string name = strings[_section.U32(start)];
            uint info = _section.U32(start + 4);
            uint sizeOrType = _section.U32(start + 8);
            int kind = (int)(info >> 24) & 0x1f;
            int count = (int)(info & 0xffff);
            bool flag = (int)info < 0;
            int data = start + 12;
            offset = data + DataSize(start, kind, count);
            _section.Slice(start, offset - start);

            return kind switch
            {
                BtfKind.Int => Integer(name, sizeOrType, _section.U32(data)),
                BtfKind.Pointer => new BtfPointer(Id(start, sizeOrType)),
                BtfKind.Array => new BtfArray(Id(data, _section.U32(data)), Id(data, _section.U32(data + 4)), _section.I32(data + 8)),
                BtfKind.Struct or BtfKind.Union => new BtfStruct(name, kind == BtfKind.Union, (int)sizeOrType, Members(data, count, flag)),
                BtfKind.Enum => new BtfEnum(name, (int)sizeOrType, flag, false, Values(data, count, flag)),
                BtfKind.Enum64 => new BtfEnum(name, (int)sizeOrType, flag, true, Values64(data, count)),
                BtfKind.Forward => new BtfForward(name, flag),
                BtfKind.Typedef => new BtfTypedef(name, Id(start, sizeOrType)),
                BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict => new BtfQualified((BtfQualifier)kind, Id(start, sizeOrType)),
                BtfKind.Function => new BtfFunction(name, Id(start, sizeOrType), (BtfLinkage)count),
                BtfKind.Prototype => new BtfPrototype(Id(start, sizeOrType), Parameters(data, count)),
                BtfKind.Variable => new BtfVariable(name, Id(start, sizeOrType), (BtfLinkage)_section.U32(data)),
                BtfKind.DataSection => new BtfDataSection(name, (int)sizeOrType, Variables(data, count)),
                BtfKind.Float => new BtfFloat(name, (int)sizeOrType),
                BtfKind.DeclarationTag => new BtfDeclarationTag(name, Id(start, sizeOrType), _section.I32(data), flag),
                _ => new BtfTypeTag(name, Id(start, sizeOrType), flag),
            };
        }

        private int DataSize(int start, int kind, int count) => kind switch
        {
            BtfKind.Int or BtfKind.Variable or BtfKind.DeclarationTag => 4,
            BtfKind.Array => 12,
            BtfKind.Struct or BtfKind.Union or BtfKind.DataSection or BtfKind.Enum64 => 12 * count,
            BtfKind.Enum or BtfKind.Prototype => 8 * count,
            BtfKind.Pointer or BtfKind.Forward or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict
                or BtfKind.Function or BtfKind.Float or BtfKind.TypeTag => 0,
            _ => throw _section.Error(start + 4, $"Type kind {kind} is not known."),
        };

        private int Id(int offset, uint id) =>
            id <= (uint)maximumId ? (int)id : throw _section.Error(offset, $"There is no type {id}.");

        private static BtfInt Integer(string name, uint size, uint data) =>
            new(name, (int)size, (BtfIntEncoding)((data >> 24) & 0xf), (int)(data & 0xff), (int)((data >> 16) & 0xff));

        private ImmutableArray<BtfMember> Members(int data, int count, bool hasBitSizes)
        {
            var result = new BtfMember[count];
            for (int i = 0; i < count; i++, data += 12)
            {
                uint place = _section.U32(data + 8);
                result[i] = (new BtfMember(
                    strings[_section.U32(data)],
                    Id(data + 4, _section.U32(data + 4)),
                    (int)(hasBitSizes ? place & 0xffffff : place),
                    hasBitSizes ? (int)(place >> 24) : 0));
            }
            return ImmutableCollectionsMarshal.AsImmutableArray(result);
        }

        private ImmutableArray<BtfEnumValue> Values(int data, int count, bool isSigned)
        {
            var result = new BtfEnumValue[count];
            for (int i = 0; i < count; i++, data += 8)
                result[i] = (new BtfEnumValue(strings[_section.U32(data)], isSigned ? _section.I32(data + 4) : _section.U32(data + 4)));
            return ImmutableCollectionsMarshal.AsImmutableArray(result);
        }

        private ImmutableArray<BtfEnumValue> Values64(int data, int count)
        {
            var result = new BtfEnumValue[count];
            for (int i = 0; i < count; i++, data += 12)
                result[i] = (new BtfEnumValue(strings[_section.U32(data)], _section.U32(data + 4) | ((long)_section.U32(data + 8) << 32)));
            return ImmutableCollectionsMarshal.AsImmutableArray(result);
        }

        private ImmutableArray<BtfParameter> Parameters(int data, int count)
        {
            var result = new BtfParameter[count];
            for (int i = 0; i < count; i++, data += 8)
                result[i] = (new BtfParameter(strings[_section.U32(data)], Id(data + 4, _section.U32(data + 4))));
            return ImmutableCollectionsMarshal.AsImmutableArray(result);
        }

        private ImmutableArray<BtfSectionVariable> Variables(int data, int count)
        {
            var result = new BtfSectionVariable[count];
            for (int i = 0; i < count; i++, data += 12)
                result[i] = (new BtfSectionVariable(Id(data, _section.U32(data)), _section.I32(data + 4), _section.I32(data + 8)));
            return ImmutableCollectionsMarshal.AsImmutableArray(result);
        }
    }
}
