using System.CommandLine;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Instructions;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Cli.Commands;

/// <summary><c>dotnet bpf inspect</c>: what an object holds.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        Argument<string> path = Options.Path();
        Option<bool> json = Options.Json();
        Command command = new("inspect", "Shows an object's programs, maps, data, types and relocations.") { path, json };
        command.SetAction(result => Run(result.GetValue(path)!, result.GetValue(json)));
        return command;
    }

    private static int Run(string path, bool json)
    {
        IReadOnlyList<ObjectSource> objects = ObjectSource.Read(path);
        if (json)
        {
            Output.Json(objects.Select(static o => new
            {
                o.Name,
                o.Spec.License,
                Types = o.Spec.Btf?.Count ?? 0,
                TypesByKind = Kinds(o.Spec).ToDictionary(static k => k.Kind, static k => k.Count),
                Programs = o.Spec.Functions.Select(f => Describe(o.Spec, f)),
                Core = Questions(o),
                Maps = o.Spec.Maps.Select(static m => new { m.Name, m.Type, m.KeySize, m.ValueSize, m.MaxEntries, m.Flags }),
                Data = o.Spec.DataSections.Select(static d => new { d.Name, Size = d.Content.Length, Variables = d.Variables.Select(static v => new { v.Name, v.Offset, v.Size }) }),
            }));
            return 0;
        }

        foreach (ObjectSource o in objects)
        {
            string kinds = string.Join(", ", Kinds(o.Spec).Select(static k => $"{k.Count} {k.Kind}"));
            Console.WriteLine($"{o.Name}: licence '{o.Spec.License}', {o.Spec.Btf?.Count ?? 0} types{(kinds.Length > 0 ? $" ({kinds})" : "")}, {o.Bytes.Length:n0} bytes");
            Output.Table("Programs and functions", ["name", "section", "type", "instructions", "stack", "relocations", "CO-RE", "lines"],
                o.Spec.Functions.Select(f => Describe(o.Spec, f)).Select(static d => new[]
                {
                    d.Name, d.Section, d.Type, $"{d.Instructions}", $"{d.Stack}", $"{d.Relocations}", $"{d.CoreRelocations}", $"{d.Lines}",
                }));
            Output.Table("Maps", ["name", "type", "key", "value", "entries", "flags"],
                o.Spec.Maps.Select(static m => new[] { m.Name, $"{m.Type}", $"{m.KeySize}", $"{m.ValueSize}", $"{m.MaxEntries}", $"0x{m.Flags:x}" }));
            Output.Table("CO-RE relocations", ["asked", "kind", "in", "times"], Questions(o).GroupBy(static q => (q.Asked, q.Kind, q.Function))
                .Select(static g => new[] { g.Key.Asked, $"{g.Key.Kind}", g.Key.Function, $"{g.Count()}" }));
            Output.Table("Data", ["section", "bytes", "variables"],
                o.Spec.DataSections.Select(static d => new[] { d.Name, $"{d.Content.Length}", string.Join(", ", d.Variables.Select(static v => v.Name)) }));
        }

        return 0;
    }

    /// <summary>How many types the object has of each kind, by the words of C and of BTF.</summary>
    private static IEnumerable<(string Kind, int Count)> Kinds(ObjectSpec spec) =>
        (spec.Btf ?? Enumerable.Empty<BtfType>()).GroupBy(static t => t switch
        {
            BtfStruct { IsUnion: true } => "union",
            BtfDataSection => "section",
            BtfPrototype => "prototype",
            _ => t.GetType().Name["Btf".Length..].ToLowerInvariant(),
        }).OrderByDescending(static g => g.Count()).ThenBy(static g => g.Key, StringComparer.Ordinal).Select(static g => (g.Key, g.Count()));

    private static List<CoreQuestion> Questions(ObjectSource source)
    {
        using CoreQuestions questions = new(source);
        return [.. source.Spec.Functions.SelectMany(f => f.CoreRelocations.Select(r => new CoreQuestion(questions.Asked(r), r.Kind, f.Name, r.Index)))];
    }

    private static FunctionSummary Describe(ObjectSpec spec, FunctionSpec function) => new(
        function.Name, function.Section, Hooks.FromSection(function.Section)?.Hook.ProgramType.ToString() ?? "", function.Instructions.Length,
        Stack(function), function.Relocations.Length, function.CoreRelocations.Length, function.Lines.Length,
        [.. function.Relocations.Where(r => r.Kind == RelocationKind.Map && spec.Maps.Any(m => m.Name == r.Symbol)).Select(static r => r.Symbol).Distinct()]);

    /// <summary>Bytes of stack that a function itself uses: the lowest place below the frame pointer that it names.</summary>
    private static int Stack(FunctionSpec function)
    {
        const int FramePointer = 10;
        int lowest = 0;
        for (int i = 0; i < function.Instructions.Length; i++)
        {
            Instruction instruction = function.Instructions[i];
            bool isStore = instruction.Class is OpcodeClass.Store or OpcodeClass.StoreIndirect;
            if (isStore && instruction.Destination == FramePointer) lowest = Math.Min(lowest, instruction.Offset);
            if (instruction.Class == OpcodeClass.LoadIndirect && instruction.Source == FramePointer) lowest = Math.Min(lowest, instruction.Offset);
            // rX = r10; rX += -n
            if (instruction is { Class: OpcodeClass.Alu64, Operation: AluOperation.Move, Source: FramePointer } && i + 1 < function.Instructions.Length
                && function.Instructions[i + 1] is { Class: OpcodeClass.Alu64, Operation: AluOperation.Add } next && next.Destination == instruction.Destination)
                lowest = Math.Min(lowest, next.Immediate);
        }

        return -lowest;
    }

    private sealed record CoreQuestion(string Asked, CoreRelocationKind Kind, string Function, int Instruction);

    private sealed record FunctionSummary(
        string Name, string Section, string Type, int Instructions, int Stack, int Relocations, int CoreRelocations, int Lines, IReadOnlyList<string> Maps);
}
