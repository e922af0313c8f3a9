using BpfSharp.Analyzers.Frontend;

namespace BpfSharp.Analyzers.Generator;

/// <summary>A <c>[BpfObject]</c> class as it is declared: what its wrappers need, without symbols or syntax.</summary>
/// <param name="Namespace">The namespace, "" for the global one.</param>
/// <param name="Containers">The types around it, outermost first, each as <c>class Name</c> or the like.</param>
/// <param name="Name">The class's name.</param>
/// <param name="Maps">Its maps.</param>
/// <param name="Programs">Its programs.</param>
/// <param name="Globals">Its static fields that programs can have: variables and constants.</param>
internal sealed record ObjectModel(
    string Namespace,
    EquatableArray<string> Containers,
    string Name,
    EquatableArray<MapModel> Maps,
    EquatableArray<ProgramModel> Programs,
    EquatableArray<GlobalModel> Globals)
{
    /// <summary>The generated file's name: unique among the classes of the compilation.</summary>
    public string HintName
    {
        get
        {
            IEnumerable<string> containers = Containers.Select(c => c.Substring(c.LastIndexOf(' ') + 1));
            return string.Join(".", new[] { Namespace }.Concat(containers).Append(Name).Where(part => part.Length > 0)) + ".g.cs";
        }
    }
}

/// <summary>A map property.</summary>
/// <param name="PropertyName">The property's name in C#.</param>
/// <param name="SymbolName">The map's name in the object.</param>
/// <param name="Modifiers">The property's modifiers as written, which the implementing part has to repeat.</param>
/// <param name="TypeName">The property's type, fully qualified.</param>
/// <param name="ViewName">The type of user space's view, fully qualified; "" if user space gets none.</param>
/// <param name="IsPublic">Whether all types of the view are public; they are internal otherwise.</param>
/// <param name="MaxEntries">The capacity, 0 where the type takes none; null if the declaration is wrong, and then no map is made.</param>
internal sealed record MapModel(
    string PropertyName, string SymbolName, string Modifiers, string TypeName, string ViewName, bool IsPublic, uint? MaxEntries)
{
    /// <summary>What follows the map's construction in .NET, such as the programs of a tail-call table.</summary>
    public string Initialisation { get; init; } = "";
}

/// <summary>A program method.</summary>
/// <param name="MethodName">The method's name in C#.</param>
/// <param name="SymbolName">The program's name in the object.</param>
/// <param name="Hook">The hook and the target in words, for the documentation.</param>
internal sealed record ProgramModel(string MethodName, string SymbolName, string Hook);

/// <summary>A static field of a type that programs can have.</summary>
/// <param name="FieldName">The field's name, which is the symbol's name in the object.</param>
/// <param name="PropertyName">The wrapper's name.</param>
/// <param name="TypeName">The type, fully qualified.</param>
/// <param name="IsConstant">Whether it is <c>readonly</c>: set before the load, then constant.</param>
/// <param name="IsPublic">Whether its type is public; it is internal otherwise.</param>
internal sealed record GlobalModel(string FieldName, string PropertyName, string TypeName, bool IsConstant, bool IsPublic);

/// <summary>A place in the source with the line's text, as <c>.BTF.ext</c> has it.</summary>
/// <param name="File">The file's path relative to the project.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
/// <param name="Text">The line's text.</param>
internal readonly record struct SourceLine(string File, int Line, int Column, string Text);

/// <summary>What the transform makes of one class.</summary>
/// <param name="Declaration">The declared members; null if no wrappers can be written for it.</param>
/// <param name="Ir">The module in the IR's text form; "" if something is wrong with the programs.</param>
/// <param name="ClassPosition">The class's name in the source.</param>
/// <param name="Positions">The places that debug ids stand for, by id.</param>
/// <param name="Lines">The same places with the text of their lines.</param>
/// <param name="Diagnostics">What is wrong.</param>
internal sealed record LoweredObject(
    ObjectModel? Declaration, string Ir, SourcePosition ClassPosition, EquatableArray<SourcePosition> Positions, EquatableArray<SourceLine> Lines,
    EquatableArray<FrontendDiagnostic> Diagnostics)
{
    /// <summary>The C# compiler's error for which the programs were left out without a diagnostic; "" if there is no such error.</summary>
    public string Cause { get; init; } = "";
}
