using BpfSharp.Objects;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Compiler.IR;

/// <content>Types, maps and globals.</content>
public static partial class IrPrinter
{
    private static void Write(IrWriter writer, int id, BtfType type)
    {
        writer.Number("type ", id).Raw(' ').Raw(IrText.Word(type));
        if (type.Name.Length > 0) writer.Raw(' ').Quoted(type.Name);
        switch (type)
        {
            case BtfInt t: Numbers(writer, t.Size, (int)t.Encoding, t.Bits, t.BitOffset); break;
            case BtfPointer t: Numbers(writer, t.TypeId); break;
            case BtfArray t: Numbers(writer, t.ElementTypeId, t.IndexTypeId, t.Count); break;
            case BtfStruct t:
                Numbers(writer, t.Size);
                foreach (BtfMember m in t.Members) Numbers(Named(writer, m.Name), m.TypeId, m.BitOffset, m.BitSize);
                break;
            case BtfEnum t:
                Numbers(writer, t.Size, t.IsSigned ? 1 : 0, t.Is64 ? 1 : 0);
                foreach (BtfEnumValue v in t.Values) Numbers(Named(writer, v.Name), v.Value);
                break;
            case BtfForward t: Numbers(writer, t.IsUnion ? 1 : 0); break;
            case BtfTypedef t: Numbers(writer, t.TypeId); break;
            case BtfQualified t: Numbers(writer, (int)t.Qualifier, t.TypeId); break;
            case BtfFunction t: Numbers(writer, t.PrototypeId, (int)t.Linkage); break;
            case BtfPrototype t:
                Numbers(writer, t.ReturnTypeId);
                foreach (BtfParameter p in t.Parameters) Numbers(Named(writer, p.Name), p.TypeId);
                break;
            case BtfVariable t: Numbers(writer, t.TypeId, (int)t.Linkage); break;
            case BtfDataSection t:
                Numbers(writer, t.Size);
                foreach (BtfSectionVariable v in t.Variables) Numbers(writer, v.TypeId, v.Offset, v.Size);
                break;
            case BtfFloat t: Numbers(writer, t.Size); break;
            case BtfDeclarationTag t: Numbers(writer, t.TypeId, t.Component); break;
            case BtfTypeTag t: Numbers(writer, t.TypeId); break;
        }
        writer.Raw('\n');
    }

    private static IrWriter Named(IrWriter writer, string name) => writer.Raw(' ').Quoted(name);

    private static void Numbers(IrWriter writer, params long[] numbers)
    {
        foreach (long number in numbers) writer.Raw(' ').Number(number);
    }

    private static void Write(IrWriter writer, MapSpec map)
    {
        writer.Raw(' ').Symbol(map.Name).Raw(' ').Raw(map.Type.ToString());
        if (map.KeySize != 0) writer.Number(" key ", map.KeySize);
        if (map.ValueSize != 0) writer.Number(" value ", map.ValueSize);
        if (map.MaxEntries != 0) writer.Number(" entries ", map.MaxEntries);
        if (map.Flags != 0) writer.Number(" flags ", map.Flags);
        if (map.Extra != 0) writer.Raw(" extra ").Number(map.Extra);
        if (map.KeyTypeId != 0) writer.Number(" keytype ", map.KeyTypeId);
        if (map.ValueTypeId != 0) writer.Number(" valuetype ", map.ValueTypeId);
        if (map.NumaNode is { } node) writer.Number(" node ", node);
        if (map.Pinning != MapPinning.None) writer.Number(" pinning ", (int)map.Pinning);
        if (!map.Values.IsDefaultOrEmpty)
        {
            writer.Raw(" values(");
            for (int i = 0; i < map.Values.Length; i++) writer.Raw(i == 0 ? "" : " ").Quoted(map.Values[i]);
            writer.Raw(')');
        }
        if (map.Inner is { } inner)
        {
            writer.Raw(" inner(");
            Write(writer, inner);
            writer.Raw(')');
        }
    }

    private static void Write(IrWriter writer, Global global)
    {
        writer.Raw("global ").Symbol(global.Name).Raw(' ').Quoted(global.Section).Number(" size ", global.Size)
            .Number(" align ", global.Alignment).Number(" type ", global.TypeId);
        if (!global.Initial.IsDefaultOrEmpty)
        {
            writer.Raw(" = ");
            foreach (byte b in global.Initial) writer.Raw(Hex[b >> 4]).Raw(Hex[b & 15]);
        }
        writer.Raw('\n');
    }

    private const string Hex = "0123456789abcdef";
}
