using System.CommandLine;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Cli.Commands;

/// <summary><c>dotnet bpf disasm</c>: instructions with the source lines that they come from.</summary>
internal static class DisassembleCommand
{
    public static Command Create()
    {
        Argument<string> path = Options.Path();
        Option<string[]> program = new("--program", "-p") { Description = "Only these programs or functions." };
        Option<bool> json = Options.Json();
        Command command = new("disasm", "Disassembles an object's programs, with their source.") { path, program, json };
        command.SetAction(result => Run(result.GetValue(path)!, result.GetValue(program) ?? [], result.GetValue(json)));
        return command;
    }

    private static int Run(string path, string[] programs, bool json)
    {
        (ObjectSource Object, FunctionSpec Function)[] functions =
            [.. ObjectSource.Read(path).SelectMany(static o => o.Spec.Functions.Select(f => (o, f))).Where(f => programs.Length == 0 || programs.Contains(f.f.Name))];
        foreach (string name in programs)
        {
            if (!functions.Any(f => f.Function.Name == name)) throw new CommandException($"{path} has no program or function '{name}'");
        }

        if (json)
        {
            Output.Json(functions.Select(static f => new
            {
                Object = f.Object.Name,
                f.Function.Name,
                f.Function.Section,
                Instructions = Lines(f.Object, f.Function).Select(static l => new { l.Index, l.Text, l.Note, l.Source?.File, l.Source?.Line, Source = l.Source?.Text }),
            }));
            return 0;
        }

        foreach ((ObjectSource o, FunctionSpec function) in functions)
        {
            Console.WriteLine($"{o.Name} {function.Name} ({function.Section}), {function.Instructions.Length} instructions:");
            LineSpec? last = null;
            foreach (Listing line in Lines(o, function))
            {
                if (line.Source is { } source && source != last)
                {
                    Console.WriteLine($"; {source.Text.Trim()} @ {source.File}:{source.Line}");
                    last = source;
                }

                Console.WriteLine(line.Note.Length > 0 ? $"{line.Index,6}: {line.Text,-42} {line.Note}" : $"{line.Index,6}: {line.Text}");
            }

            Console.WriteLine();
        }

        return 0;
    }

    private static IEnumerable<Listing> Lines(ObjectSource source, FunctionSpec function)
    {
        Dictionary<int, string> notes = function.Relocations.ToDictionary(static r => r.Index, static r => $"; {r.Kind.ToString().ToLowerInvariant()} {r.Symbol}{(r.Addend != 0 ? $"+{r.Addend}" : "")}");
        using CoreQuestions questions = new(source);
        foreach (CoreRelocationSpec core in function.CoreRelocations)
            notes[core.Index] = $"{notes.GetValueOrDefault(core.Index, ";")} CO-RE {core.Kind} of {questions.Asked(core)}";
        int line = -1;
        for (int i = 0; i < function.Instructions.Length; i++)
        {
            while (line + 1 < function.Lines.Length && function.Lines[line + 1].Index <= i) line++;
            Instruction instruction = function.Instructions[i], next = i + 1 < function.Instructions.Length ? function.Instructions[i + 1] : default;
            yield return new(i, Disassembler.Format(instruction, next), notes.GetValueOrDefault(i, ""), line < 0 ? null : function.Lines[line] with { Index = 0 });
            if (instruction.IsLoadImmediate64) i++;
        }
    }

    private sealed record Listing(int Index, string Text, string Note, LineSpec? Source);
}
