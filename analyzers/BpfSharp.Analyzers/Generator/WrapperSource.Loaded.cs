using BpfSharp.Compiler;

namespace BpfSharp.Analyzers.Generator;

/// <summary>The second phase: an object that is loaded.</summary>
internal sealed partial class WrapperSource
{
    private void WriteLoaded()
    {
        WriteLoadedMaps();
        WriteView("The programs in the kernel.", "LoadedPrograms", "BpfObject", () =>
        {
            foreach (ProgramModel program in _object.Programs)
                Property(program.MethodName + " (" + program.Hook.Replace("&", "&amp;").Replace("<", "&lt;") + ")." + Report(program.SymbolName),
                    Library + "BpfProgram " + ObjectGatherer.Identifier(program.MethodName) + " => _object.Program(\"" + program.SymbolName + "\");");
        });
        WriteView("The variables, in memory that is shared with the programs, and the constants.", "LoadedGlobals", "BpfObject", () =>
        {
            WriteValues("Global", isConstant: false);
            WriteValues("Global", isConstant: true, readOnly: true);
        });
    }

    /// <summary>What a program takes, where an editor shows it.</summary>
    private string Report(string program)
    {
        foreach (FunctionReport report in _image.Functions.Items)
        {
            if (report.Name != program) continue;
            string below = report.DeepestStack > (Math.Max(report.Stack, 1) + 31) / 32 * 32 ? ", " + report.DeepestStack + " with what it calls" : "";
            return " " + report.Instructions + " instructions, " + report.Stack + " bytes of stack" + below + ".";
        }

        return "";
    }

    /// <summary>The views are made at the load: a view may map memory, and one per map is enough.</summary>
    private void WriteLoadedMaps()
    {
        _writer.Line();
        _writer.Summary("The maps in the kernel.");
        _writer.Open("public sealed class LoadedMaps");
        _writer.Open("internal LoadedMaps(" + Library + "BpfObject source)");
        foreach (MapModel map in Viewed())
            _writer.Line(ObjectGatherer.Identifier(map.PropertyName) + " = new " + map.ViewName + "(source.Map(\"" + map.SymbolName + "\"));");
        _writer.Close();
        foreach (MapModel map in Viewed())
        {
            _writer.Line();
            _writer.Summary(map.PropertyName + ".");
            _writer.Line((map.IsPublic ? "public " : "internal ") + map.ViewName + " " + ObjectGatherer.Identifier(map.PropertyName) + " { get; }");
        }

        _writer.Close();
    }

    /// <summary>What the map properties are when the programs run as ordinary methods. Nothing is made before one is used.</summary>
    private void WriteManagedMaps()
    {
        foreach (MapModel map in _object.Maps)
        {
            string value = map.MaxEntries is not null
                ? "ManagedMaps." + ObjectGatherer.Identifier(map.PropertyName)
                : "throw new global::System.InvalidOperationException(\"The map's declaration is wrong.\")";
            _writer.Line();
            _writer.Line(map.Modifiers + " " + map.TypeName + " " + ObjectGatherer.Identifier(map.PropertyName) + " => " + value + ";");
        }

        if (_object.Maps.All(map => map.MaxEntries is null)) return;
        _writer.Line();
        _writer.Open("private static class ManagedMaps");
        foreach (MapModel map in _object.Maps.Where(map => map.MaxEntries is not null))
            _writer.Line("internal static readonly " + map.TypeName + " " + ObjectGatherer.Identifier(map.PropertyName) + " = new " + map.TypeName + "(" + (map.MaxEntries > 0 ? map.MaxEntries.ToString() : "") + ")" + map.Initialisation + ";");
        _writer.Close();
    }
}
