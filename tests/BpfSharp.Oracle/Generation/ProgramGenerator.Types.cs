namespace BpfSharp.Oracle.Generation;

/// <summary>Types and globals of the program.</summary>
internal sealed partial class ProgramGenerator
{
    private readonly List<EnumType> _enums = [];
    private readonly List<StructType> _structs = [];
    private readonly List<ArrayType> _arrays = [];
    private readonly List<TupleType> _tuples = [];
    private readonly List<Variable> _globals = [];
    private StructType _input = null!;

    private void WriteTypes()
    {
        for (int i = Few(3); i > 0; i--) WriteEnum();
        for (int i = Few(3); i > 0; i--) WriteArray();
        for (int i = Few(4); i > 0; i--)
        {
            WriteStruct();
            if (_dice.Percent(20)) WriteArray();
        }
        if (_dice.Percent(20)) WriteUnion();
        if (_dice.Percent(30)) WriteGenericStruct();
        for (int i = _dice.Below(2); i > 0; i--) _tuples.Add(new TupleType([.. Enumerable.Range(1, _dice.Between(2, 3)).Select(n => new Field($"Item{n}", ScalarType()))]));
        WriteInput();
    }

    private void WriteEnum()
    {
        IntType underlying = _dice.Of(IntType.All.Where(static t => t != IntType.Char && !t.IsNative).ToArray());
        string[] members = [.. Enumerable.Range(0, _dice.Between(2, 5)).Select(static i => $"M{i}")];
        string name = $"E{_enums.Count}";
        Line($"public enum {name} : {underlying} {{ {string.Join(", ", members.Select(m => $"{m} = {Literal(underlying, bare: true)}"))} }}");
        _enums.Add(new EnumType(name, underlying, members));
    }

    private void WriteArray()
    {
        GType element = _dice.Percent(25) && _structs.Count > 0 ? _dice.Of(_structs) : _dice.Percent(10) && _enums.Count > 0 ? _dice.Of(_enums) : _dice.Of(IntType.All);
        int length = element.Size > 8 ? 2 : _dice.Between(2, Math.Min(8, 40 / element.Size));
        if (element.Size * length > 48) return;
        string name = $"A{_arrays.Count}";
        Line($"[InlineArray({length})] public struct {name} {{ private {element} _element; }}");
        _arrays.Add(new ArrayType(name, element, length));
    }

    private void WriteStruct()
    {
        List<Field> fields = [];
        int bytes = 0;
        for (int i = _dice.Between(1, 4); i > 0; i--)
        {
            GType type = _dice.Percent(20) && _structs.Count > 0 ? _dice.Of(_structs) : _dice.Percent(15) && _arrays.Count > 0 ? _dice.Of(_arrays) : ScalarType();
            if (bytes + type.Size > 40) continue;
            bytes += type.Size;
            fields.Add(new Field($"F{fields.Count}", type));
        }
        if (fields.Count == 0) fields.Add(new Field("F0", ScalarType()));
        // Half of them without holes, so that they can be in maps.
        if (_dice.Percent(50)) fields = [.. fields.OrderByDescending(static f => f.Type.Alignment)];
        (int size, int alignment, bool dense) = StructType.Lay(fields);
        StructType type2 = new($"S{_structs.Count}", [.. fields], size, alignment, dense);
        Open($"public struct {type2.Name}");
        foreach (Field field in fields) Line($"public {field.Type} {field.Name};");
        WriteMembers(type2);
        Close();
        _structs.Add(type2);
    }

    /// <summary>A struct whose first field lies over the others.</summary>
    private void WriteUnion()
    {
        IntType whole = _dice.Of<IntType>([IntType.Long, IntType.ULong, IntType.Int, IntType.UInt]);
        List<Field> fields = [new Field("F0", whole)];
        string name = $"S{_structs.Count}";
        Line("[StructLayout(LayoutKind.Explicit)]");
        Open($"public struct {name}");
        Line($"[FieldOffset(0)] public {whole} F0;");
        for (int i = _dice.Between(1, 3); i > 0; i--)
        {
            IntType type = _dice.Of(IntType.All.Where(t => t.Size <= whole.Size).ToArray());
            Field field = new($"F{fields.Count}", type);
            Line($"[FieldOffset({_dice.Below(whole.Size / type.Size) * type.Size})] public {type} {field.Name};");
            fields.Add(field);
        }
        Close();
        _structs.Add(new StructType(name, [.. fields], whole.Size, whole.Size, true));
    }

    /// <summary>A struct with a type parameter, and what it is with some types.</summary>
    private void WriteGenericStruct()
    {
        IntType other = _dice.Of(IntType.All);
        bool isFirst = _dice.Percent(50);
        Open("public struct G<T> where T : unmanaged");
        Line(isFirst ? $"public T F0; public {other} F1;" : $"public {other} F0; public T F1;");
        Line("public readonly T Value => " + (isFirst ? "F0;" : "F1;"));
        Close();
        HashSet<GType> types = [];
        for (int i = _dice.Between(1, 2); i > 0; i--) types.Add(_dice.Percent(30) && _structs.Exists(static s => s.Size <= 16) ? _structs.First(static s => s.Size <= 16) : ScalarType());
        foreach (GType type in types)
        {
            Field[] fields = isFirst ? [new("F0", type), new("F1", other)] : [new("F0", other), new("F1", type)];
            (int size, int alignment, bool dense) = StructType.Lay(fields);
            StructType made = new($"G<{type}>", fields, size, alignment, dense);
            made.Members.Add(new Member("property", "Value", type, [], 1));
            _structs.Add(made);
        }
    }

    /// <summary>What the program reads of the packet: a number of every width, a few more, and perhaps an array. No bool: packets hold any byte.</summary>
    private void WriteInput()
    {
        IntType[] types = [.. IntType.All.Where(static t => !t.IsNative).Distinct(), _dice.Of(IntType.All), _dice.Of(IntType.All)];
        ArrayType[] small = [.. _arrays.Where(static a => a is { Element: IntType, Size: <= 16 })];
        GType[] all = small.Length > 0 && _dice.Percent(50) ? [.. types, _dice.Of(small)] : [.. types];
        List<Field> fields = [.. all.OrderByDescending(static t => t.Alignment).Select(static (t, i) => new Field($"I{i}", t))];
        (int size, int alignment, bool dense) = StructType.Lay(fields);
        _input = new StructType("Input", [.. fields], size, alignment, dense);
        Open("public struct Input");
        foreach (Field field in fields) Line($"public {field.Type} {field.Name};");
        Close();
    }

    private void WriteGlobals()
    {
        for (int i = _dice.Below(4); i > 0; i--)
        {
            GType type = _dice.Percent(80) ? ScalarType() : AnyType();
            if (type is TupleType) continue;
            string name = $"g{_globals.Count}";
            bool isReadOnly = type is IntType && _dice.Percent(25);
            string value = type is IntType t && (isReadOnly || _dice.Percent(30)) ? $" = {Literal(t, bare: true)}" : "";
            Line($"public static {(isReadOnly ? "readonly " : "")}{type} {name}{value};");
            _globals.Add(new Variable(name, type, isReadOnly));
        }
    }

    private GType ScalarType() => _dice.Percent(8) ? BoolType.Instance : _dice.Percent(12) && _enums.Count > 0 ? _dice.Of(_enums) : _dice.Of(IntType.All);

    private GType AnyType()
    {
        List<GType> aggregates = [.. _structs, .. _arrays, .. _tuples];
        return aggregates.Count > 0 && _dice.Percent(30) ? _dice.Of(aggregates) : ScalarType();
    }
}
