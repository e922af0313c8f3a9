using System.Collections.Immutable;
using BpfSharp.Objects.Binary;

namespace BpfSharp.Objects.Btf;

/// <summary>Writes BTF as the kernel reads it. The same types give the same bytes.</summary>
public static class BtfWriter
{
    /// <summary>Writes <paramref name="types"/> with their string table, in which each string stands once.</summary>
    /// <exception cref="ArgumentException">A type does not fit the format, e.g. a struct has more than 65535 members.</exception>
    public static byte[] Write(BtfTypes types) => Write(types.Items, new StringTable());

    /// <summary>Writes <paramref name="types"/>; <paramref name="strings"/> may hold other sections' strings already.</summary>
    internal static byte[] Write(ImmutableArray<BtfType> types, StringTable strings)
    {
        var data = new ByteBuffer(Math.Max(256, types.Length * 24));
        foreach (BtfType type in types)
            WriteType(data, strings, type);

        var result = new ByteBuffer(BtfHeader.Size + data.Length + strings.Bytes.Length);
        result.U16(BtfHeader.Magic);
        result.U8(BtfHeader.Version);
        result.U8(0);
        result.U32(BtfHeader.Size);
        result.U32(0);
        result.U32(data.Length);
        result.U32(data.Length);
        result.U32(strings.Bytes.Length);
        result.Bytes(data);
        result.Bytes(strings.Bytes);
        return result.Finish();
    }

    private static void WriteType(ByteBuffer data, StringTable strings, BtfType type)
    {
        switch (type)
        {
            case BtfInt t:
                Head(BtfKind.Int, t.Size);
                data.U32(((uint)t.Encoding << 24) | ((uint)t.BitOffset << 16) | (uint)t.Bits);
                break;
            case BtfPointer t:
                Head(BtfKind.Pointer, t.TypeId);
                break;
            case BtfArray t:
                Head(BtfKind.Array, 0);
                data.U32(t.ElementTypeId);
                data.U32(t.IndexTypeId);
                data.U32(t.Count);
                break;
            case BtfStruct t:
                WriteStruct(t);
                break;
            case BtfEnum t:
                WriteEnum(t);
                break;
            case BtfForward t:
                Head(BtfKind.Forward, 0, flag: t.IsUnion);
                break;
            case BtfTypedef t:
                Head(BtfKind.Typedef, t.TypeId);
                break;
            case BtfQualified t:
                Head((int)t.Qualifier, t.TypeId);
                break;
            case BtfFunction t:
                Head(BtfKind.Function, t.PrototypeId, (int)t.Linkage);
                break;
            case BtfPrototype t:
                Head(BtfKind.Prototype, t.ReturnTypeId, t.Parameters.Length);
                foreach (BtfParameter parameter in t.Parameters)
                {
                    data.U32(strings.Add(parameter.Name));
                    data.U32(parameter.TypeId);
                }
                break;
            case BtfVariable t:
                Head(BtfKind.Variable, t.TypeId);
                data.U32((int)t.Linkage);
                break;
            case BtfDataSection t:
                Head(BtfKind.DataSection, t.Size, t.Variables.Length);
                foreach (BtfSectionVariable variable in t.Variables)
                {
                    data.U32(variable.TypeId);
                    data.U32(variable.Offset);
                    data.U32(variable.Size);
                }
                break;
            case BtfFloat t:
                Head(BtfKind.Float, t.Size);
                break;
            case BtfDeclarationTag t:
                Head(BtfKind.DeclarationTag, t.TypeId, flag: t.IsAttribute);
                data.U32(t.Component);
                break;
            case BtfTypeTag t:
                Head(BtfKind.TypeTag, t.TypeId, flag: t.IsAttribute);
                break;
            default:
                throw new ArgumentException($"There is no BTF kind for {type.GetType()}.", nameof(type));
        }

        void Head(int kind, int sizeOrType, int count = 0, bool flag = false)
        {
            if (count > ushort.MaxValue)
                throw new ArgumentException($"Type '{type.Name}' has {count} parts; BTF can hold {ushort.MaxValue}.", nameof(type));
            data.U32(strings.Add(type.Name));
            data.U32((uint)count | ((uint)kind << 24) | (flag ? 1u << 31 : 0));
            data.U32(sizeOrType);
        }

        void WriteStruct(BtfStruct t)
        {
            bool hasBitFields = t.Members.Any(static m => m.BitSize != 0);
            Head(t.IsUnion ? BtfKind.Union : BtfKind.Struct, t.Size, t.Members.Length, hasBitFields);
            foreach (BtfMember member in t.Members)
            {
                if (hasBitFields && (member.BitOffset is < 0 or > 0xffffff || member.BitSize is < 0 or > 0xff))
                    throw new ArgumentException($"'{t.Name}.{member.Name}' is too far from the start of a struct with bit fields.", nameof(type));
                data.U32(strings.Add(member.Name));
                data.U32(member.TypeId);
                data.U32(hasBitFields ? (member.BitSize << 24) | member.BitOffset : member.BitOffset);
            }
        }

        void WriteEnum(BtfEnum t)
        {
            Head(t.Is64 ? BtfKind.Enum64 : BtfKind.Enum, t.Size, t.Values.Length, t.IsSigned);
            foreach (BtfEnumValue value in t.Values)
            {
                data.U32(strings.Add(value.Name));
                data.U32(unchecked((uint)value.Value));
                if (t.Is64)
                    data.U32(unchecked((uint)(value.Value >> 32)));
            }
        }
    }
}
