using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Btf;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Writes C# types as BTF types into a module, each once.</summary>
internal sealed class BtfTypeWriter(Module module)
{
    private static readonly Dictionary<SpecialType, string> Names = new()
    {
        [SpecialType.System_Boolean] = "bool",
        [SpecialType.System_Byte] = "unsigned char",
        [SpecialType.System_SByte] = "signed char",
        [SpecialType.System_Char] = "char16_t",
        [SpecialType.System_UInt16] = "unsigned short",
        [SpecialType.System_Int16] = "short",
        [SpecialType.System_UInt32] = "unsigned int",
        [SpecialType.System_Int32] = "int",
        [SpecialType.System_UInt64] = "unsigned long long",
        [SpecialType.System_Int64] = "long long",
        [SpecialType.System_UIntPtr] = "unsigned long",
        [SpecialType.System_IntPtr] = "long",
    };

    // KSYM_NAME_LEN is 128 before 6.1; what makes a name unique comes behind.
    private const int MaximumName = 120;

    private readonly Dictionary<BtfType, int> _ids = [];
    private readonly Dictionary<ITypeSymbol, int> _types = new(SymbolEqualityComparer.Default);
    private readonly HashSet<string> _names = [];

    /// <summary>The id of a type.</summary>
    public int Type(TypeLayout layout)
    {
        if (layout.Kind == LayoutKind.Void) return 0;
        if (layout.Kind == LayoutKind.Pointer) return Add(new BtfPointer(0));
        if (_types.TryGetValue(layout.Type, out int id)) return id;
        id = layout.Kind == LayoutKind.Integer ? Integer(layout) : Struct(layout);
        _types[layout.Type] = id;
        return id;
    }

    /// <summary>The id of a pointer to a type.</summary>
    public int PointerTo(TypeLayout layout) => Add(new BtfPointer(Type(layout)));

    /// <summary>The id of a pointer to one of the kernel's structs, of which the name is enough.</summary>
    public int PointerToStruct(string name) => Add(new BtfPointer(Add(new BtfStruct(name, false, 0, []))));

    /// <summary>The id of an array of <paramref name="count"/> bytes.</summary>
    public int Bytes(TypeLayout element, int count) => Add(new BtfArray(Type(element), Index(), count));

    /// <summary>The id of a function.</summary>
    public int Function(string name, int returnType, ImmutableArray<BtfParameter> parameters, BtfLinkage linkage) =>
        Add(new BtfFunction(name, Add(new BtfPrototype(returnType, parameters)), linkage));

    private int Integer(TypeLayout layout)
    {
        if (layout.Type is INamedTypeSymbol { TypeKind: TypeKind.Enum } type)
        {
            ImmutableArray<BtfEnumValue> values = [.. type.GetMembers().OfType<IFieldSymbol>()
                .Where(static f => f.HasConstantValue)
                .Select(static f => new BtfEnumValue(Identifier(f.Name), SymbolExtensions.TryGetBits(f.ConstantValue, out long bits) ? bits : 0))];
            if (values.Length > 0) return Add(new BtfEnum(Unique(Name(type)), layout.Size, layout.IsSigned, layout.Size == 8, values));
            return Type(new TypeLayout(type.EnumUnderlyingType!, LayoutKind.Integer, layout.Size, layout.Size, layout.IsSigned));
        }
        BtfIntEncoding encoding = layout.IsBool ? BtfIntEncoding.Bool : layout.IsSigned ? BtfIntEncoding.Signed : BtfIntEncoding.None;
        return Add(new BtfInt(Names[layout.Type.SpecialType], layout.Size, encoding, layout.Size * 8));
    }

    /// <summary>The name by which the kernel finds a lock or a timer in a map's value.</summary>
    public static string LockName(TypeLayout layout) => layout.Type.Is(KnownNames.Timer) ? "bpf_timer" : "bpf_spin_lock";

    private int Struct(TypeLayout layout)
    {
        if (layout.ElementCount > 0) return Add(new BtfArray(Type(layout.Element!), Index(), layout.ElementCount));
        if (layout.Type.Is(KnownNames.Timer)) return Add(new BtfStruct(LockName(layout), false, layout.Size, [new BtfMember("__opaque", Add(new BtfArray(Add(new BtfInt("unsigned long long", 8, BtfIntEncoding.None, 64)), Index(), 2)), 0)]));
        if (layout.IsLock) return Add(new BtfStruct(LockName(layout), false, layout.Size, [new BtfMember("val", Add(new BtfInt("unsigned int", 4, BtfIntEncoding.None, 32)), 0)]));
        ImmutableArray<BtfMember> members = [.. layout.Fields.Select(f => new BtfMember(MemberName(f), Type(f.Layout), f.Offset * 8))];
        return Add(new BtfStruct(Unique(Name((INamedTypeSymbol)layout.Type)), false, layout.Size, members));
    }

    /// <summary>The id of a type that is given as it is.</summary>
    public int Raw(BtfType type) => Add(type);

    /// <summary>Takes an id for a type that is written later; other types may refer to it at once.</summary>
    public int Reserve(BtfType placeholder)
    {
        module.Types.Add(placeholder);
        return module.Types.Count;
    }

    /// <summary>Writes a type under an id that was taken.</summary>
    public void Set(int id, BtfType type) => module.Types[id - 1] = type;

    /// <summary>The id of the type of arrays' indexes.</summary>
    public int Index() => Add(new BtfInt("__ARRAY_SIZE_TYPE__", 4, BtfIntEncoding.None, 32));

    private static string MemberName(FieldLayout field) =>
        Identifier(field.Symbol?.AssociatedSymbol?.Name ?? field.Name);

    /// <summary>A C identifier: the type's name, and those of its type arguments.</summary>
    private static string Name(INamedTypeSymbol type)
    {
        string name = type.IsTupleType ? "ValueTuple" : type.Name;
        foreach (ITypeSymbol argument in type.TypeArguments)
        {
            name += "_" + (argument is INamedTypeSymbol named ? Name(named) : argument.Name);
        }
        return Identifier(name);
    }

    /// <summary>Two types of a name in different namespaces get different tags.</summary>
    private string Unique(string name)
    {
        string result = name;
        for (int i = 2; !_names.Add(result); i++) result = name + "_" + i;
        return result;
    }

    /// <summary>A name that the kernel takes: the letters that C does not have are written as numbers, other characters replaced, and what is too long is cut off.</summary>
    public static string Identifier(string name)
    {
        StringBuilder result = new(name.Length);
        if (name.Length == 0 || name[0] is >= '0' and <= '9') result.Append('_');
        foreach (char c in name)
        {
            if (c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9')) result.Append(c);
            else if (c < 128) result.Append('_');
            else result.Append('u').Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
        }
        return result.ToString(0, Math.Min(result.Length, MaximumName));
    }

    private int Add(BtfType type)
    {
        if (_ids.TryGetValue(type, out int id)) return id;
        module.Types.Add(type);
        id = module.Types.Count;
        _ids.Add(type, id);
        return id;
    }
}
