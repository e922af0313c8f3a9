using BpfSharp.Analyzers.Frontend;

namespace BpfSharp.Analyzers.Generator;

/// <summary>The first phase: an object that is opened and not loaded.</summary>
internal sealed partial class WrapperSource
{
    private void WriteOpened()
    {
        _writer.Line();
        _writer.Summary("The object before it is loaded: what can still be set.");
        _writer.Open("public sealed class OpenedObject");
        _writer.Open("internal OpenedObject(" + Library + "BpfOpenObject opened)");
        _writer.Line("Object = opened;");
        _writer.Line("Constants = new ConstantValues(opened);");
        _writer.Line("Globals = new InitialValues(opened);");
        _writer.Line("Maps = new MapSettings(opened);");
        _writer.Line("Programs = new ProgramSettings(opened);");
        _writer.Close();
        Property("The opened object without types.", Library + "BpfOpenObject Object { get; }");
        Property("The constants, which cannot be set after the load.", "ConstantValues Constants { get; }");
        Property("The variables' initial values.", "InitialValues Globals { get; }");
        Property("The maps' settings, such as their capacity.", "MapSettings Maps { get; }");
        Property("The programs' settings, such as whether they are loaded.", "ProgramSettings Programs { get; }");
        Property("What a load needs of the kernel and the process; nothing is asked of the kernel before Check.", Library + "BpfPlan Plan() => Object.Plan();");
        Property("Creates the maps and loads the programs.",
            Class + " Load(" + Library + "BpfLoadOptions? options = null) => new " + Class + "(Object.Load(options));");
        _writer.Close();
        WriteView("The constants before the load.", "ConstantValues", "BpfOpenObject", () => WriteValues("Variable", isConstant: true));
        WriteView("The variables' initial values.", "InitialValues", "BpfOpenObject", () => WriteValues("Variable", isConstant: false));
        WriteView("The maps' settings.", "MapSettings", "BpfOpenObject", () =>
        {
            foreach (MapModel map in Viewed())
                Property(map.PropertyName + "'s settings.",
                    Library + "BpfMapSettings " + ObjectGatherer.Identifier(map.PropertyName) + " => _object.Map(\"" + map.SymbolName + "\");");
        });
        WriteView("The programs' settings.", "ProgramSettings", "BpfOpenObject", () =>
        {
            foreach (ProgramModel program in _object.Programs)
                Property(program.MethodName + "'s settings.",
                    Library + "BpfProgramSettings " + ObjectGatherer.Identifier(program.MethodName) + " => _object.Program(\"" + program.SymbolName + "\");");
        });
    }

    private IEnumerable<MapModel> Viewed() => _object.Maps.Where(map => map.ViewName.Length > 0);

    /// <summary>A nested class over an opened or loaded object.</summary>
    private void WriteView(string summary, string name, string source, Action members)
    {
        _writer.Line();
        _writer.Summary(summary);
        _writer.Open("public sealed class " + name);
        _writer.Line("private readonly " + Library + source + " _object;");
        _writer.Line();
        _writer.Line("internal " + name + "(" + Library + source + " source) => _object = source;");
        members();
        _writer.Close();
    }

    /// <summary>One reference per variable or constant.</summary>
    private void WriteValues(string accessor, bool isConstant, bool readOnly = false)
    {
        foreach (GlobalModel global in _object.Globals.Where(global => global.IsConstant == isConstant))
        {
            // Without an image nothing runs; the wrapper is there so that the code that uses it has no errors of its own.
            bool known = _image.Variables.TryGetValue(BtfTypeWriter.Identifier(global.FieldName), out (string Section, int Offset) place);
            if (!known && _image.Bytes.Length > 0) continue;
            _writer.Line();
            _writer.Summary("The field " + global.FieldName + ".");
            _writer.Line((global.IsPublic ? "public " : "internal ") + (readOnly ? "ref readonly " : "ref ") + global.TypeName + " "
                + ObjectGatherer.Identifier(global.PropertyName) + " => ref _object." + accessor + "<" + global.TypeName + ">(\"" + place.Section + "\", "
                + place.Offset + ");");
        }
    }
}
