using System.Collections.Immutable;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler.IR;

/// <content>Types, maps and globals.</content>
public static partial class IrParser
{
    private static BtfType ParseType(IrLexer lexer)
    {
        string word = lexer.Word();
        string name = lexer.Peek == '"' ? lexer.Quoted() : "";
        return word switch
        {
            "int" => new BtfInt(name, lexer.Integer(), (BtfIntEncoding)lexer.Integer(), lexer.Integer(), lexer.Integer()),
            "pointer" => new BtfPointer(lexer.Integer()),
            "array" => new BtfArray(lexer.Integer(), lexer.Integer(), lexer.Integer()),
            "struct" or "union" => new BtfStruct(name, word == "union", lexer.Integer(),
                List(lexer, static l => new BtfMember(l.Quoted(), l.Integer(), l.Integer(), l.Integer()))),
            "enum" => new BtfEnum(name, lexer.Integer(), lexer.Integer() != 0, lexer.Integer() != 0,
                List(lexer, static l => new BtfEnumValue(l.Quoted(), l.Number()))),
            "forward" => new BtfForward(name, lexer.Integer() != 0),
            "typedef" => new BtfTypedef(name, lexer.Integer()),
            "qualified" => new BtfQualified((BtfQualifier)lexer.Integer(), lexer.Integer()),
            "function" => new BtfFunction(name, lexer.Integer(), (BtfLinkage)lexer.Integer()),
            "prototype" => new BtfPrototype(lexer.Integer(), List(lexer, static l => new BtfParameter(l.Quoted(), l.Integer()))),
            "variable" => new BtfVariable(name, lexer.Integer(), (BtfLinkage)lexer.Integer()),
            "section" => new BtfDataSection(name, lexer.Integer(),
                List(lexer, static l => new BtfSectionVariable(l.Integer(), l.Integer(), l.Integer()))),
            "float" => new BtfFloat(name, lexer.Integer()),
            "tag" => new BtfDeclarationTag(name, lexer.Integer(), lexer.Integer()),
            "typetag" => new BtfTypeTag(name, lexer.Integer()),
            _ => throw lexer.Error($"'{word}' is not a kind of type"),
        };
    }

    private static ImmutableArray<T> List<T>(IrLexer lexer, Func<IrLexer, T> read)
    {
        ImmutableArray<T>.Builder items = ImmutableArray.CreateBuilder<T>();
        while (!lexer.AtEndOfLine) items.Add(read(lexer));
        return items.ToImmutable();
    }

    private static MapSpec ParseMap(IrLexer lexer)
    {
        string name = lexer.Symbol();
        string typeName = lexer.Word();
        if (!Enum.TryParse(typeName, out MapType type)) throw lexer.Error($"'{typeName}' is not a type of map");
        MapSpec map = new() { Name = name, Type = type };
        while (!lexer.AtEndOfLine && lexer.Peek != ')')
        {
            int start = lexer.Position;
            string word = lexer.Word();
            if (word == "debug")
            {
                // Of the module and not of the definition.
                lexer.Position = start;
                break;
            }
            map = word switch
            {
                "key" => map with { KeySize = lexer.Integer() },
                "value" => map with { ValueSize = lexer.Integer() },
                "entries" => map with { MaxEntries = (uint)lexer.Number() },
                "flags" => map with { Flags = (uint)lexer.Number() },
                "extra" => map with { Extra = lexer.Unsigned() },
                "keytype" => map with { KeyTypeId = lexer.Integer() },
                "valuetype" => map with { ValueTypeId = lexer.Integer() },
                "node" => map with { NumaNode = lexer.Integer() },
                "pinning" => map with { Pinning = (MapPinning)lexer.Integer() },
                "values" => map with { Values = ParseStrings(lexer) },
                "inner" => map with { Inner = ParseInner(lexer) },
                _ => throw lexer.Error($"'{word}' is not a map's attribute"),
            };
        }
        return map;
    }

    private static MapSpec ParseInner(IrLexer lexer)
    {
        lexer.Expect('(');
        MapSpec inner = ParseMap(lexer);
        lexer.Expect(')');
        return inner;
    }

    private static ImmutableArray<string> ParseStrings(IrLexer lexer)
    {
        ImmutableArray<string>.Builder strings = ImmutableArray.CreateBuilder<string>();
        lexer.Expect('(');
        while (!lexer.Take(')')) strings.Add(lexer.Quoted());
        return strings.ToImmutable();
    }

    private static Global ParseGlobal(IrLexer lexer)
    {
        string name = lexer.Symbol();
        string section = lexer.Quoted();
        int size = Attribute(lexer, "size");
        int alignment = Attribute(lexer, "align");
        int type = Attribute(lexer, "type");
        return new Global(name, section, size, alignment, type, lexer.Take('=') ? ParseBytes(lexer) : []);
    }

    private static int Attribute(IrLexer lexer, string name) => lexer.TakeWord(name) ? lexer.Integer() : throw lexer.Error($"'{name}' expected");

    private static ImmutableArray<byte> ParseBytes(IrLexer lexer)
    {
        string digits = lexer.Word();
        if (digits.Length % 2 != 0) throw lexer.Error("an odd number of hexadecimal digits");
        ImmutableArray<byte>.Builder bytes = ImmutableArray.CreateBuilder<byte>(digits.Length / 2);
        for (int i = 0; i < digits.Length; i += 2)
        {
            int high = IrLexer.HexDigit(digits[i]), low = IrLexer.HexDigit(digits[i + 1]);
            if (high < 0 || low < 0) throw lexer.Error("hexadecimal digits expected");
            bytes.Add((byte)((high << 4) | low));
        }
        return bytes.MoveToImmutable();
    }
}
