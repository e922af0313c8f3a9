using System.CommandLine;
using System.Text.Json.Serialization;
using BpfSharp.Loading;
using BpfSharp.Loading.Core;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Cli.Commands;

/// <summary><c>dotnet bpf check</c>: which relocations resolve on which kernels.</summary>
internal static class CheckCommand
{
    private const string Absent = "MISSING";

    public static Command Create()
    {
        Argument<string> path = Options.Path();
        Option<string[]> btf = Options.Btf();
        Option<string[]> modules = Options.Modules();
        Option<bool> json = Options.Json();
        btf.Required = true;
        Command command = new("check", "Tells which of an object's CO-RE relocations resolve on which kernels; fails if one is missing that no check in the program guards.") { path, btf, modules, json };
        command.SetAction(result => Run(result.GetValue(path)!, result.GetValue(btf)!, result.GetValue(modules) ?? [], result.GetValue(json)));
        return command;
    }

    private static int Run(string path, string[] kernels, string[] modules, bool json)
    {
        Options.CheckFiles(kernels, modules);
        List<Row> rows = [];
        foreach (ObjectSource o in ObjectSource.Read(path)) rows.AddRange(Check(o, kernels, modules));
        if (json)
        {
            Output.Json(rows.Select(r => new { r.Object, r.Program, r.Asked, r.Kind, r.Place, Kernels = kernels.Zip(r.Outcomes).ToDictionary(static k => k.First, static k => k.Second) }));
        }
        else
        {
            Output.Table($"{rows.Count} relocations", ["asked", "kind", "in", "at", .. kernels.Select(Path.GetFileName)!],
                rows.Select(static r => (string[])[r.Asked, $"{r.Kind}", r.Program, r.Place, .. r.Outcomes.Select(static o => o.Text)]));
        }

        Row[] bad = [.. rows.Where(static r => r.Outcomes.Any(static o => o.State is State.Missing or State.Error))];
        foreach (Row row in bad)
        {
            foreach ((string kernel, Outcome outcome) in kernels.Zip(row.Outcomes).Where(static k => k.Second.State is State.Missing or State.Error))
                Console.Error.WriteLine($"{row.Place}: {row.Asked} in '{row.Program}' {outcome.Complaint} {kernel}{(outcome.State == State.Error ? ": " + outcome.Text : "")}");
        }

        return bad.Length > 0 ? 1 : 0;
    }

    private static IEnumerable<Row> Check(ObjectSource source, string[] kernels, string[] modules)
    {
        ObjectSpec spec = source.Spec;
        (FunctionSpec Function, CoreRelocationSpec Relocation)[] all =
            [.. spec.Functions.SelectMany(static f => f.CoreRelocations.Select(r => (f, r))).Where(static r => r.r.Kind != CoreRelocationKind.TypeIdLocal)];
        Outcome[,] outcomes = new Outcome[all.Length, kernels.Length];
        string[] asked = new string[all.Length];
        if (all.Length == 0) yield break;
        for (int k = 0; k < kernels.Length; k++)
        {
            using RawBtf local = new(NativeBytes.Copy(BtfWriter.Write(spec.Btf!)), source.Name);
            using CoreTarget target = CoreTarget.FromFile(kernels[k], modules);
            CoreRelocator relocator = new(local, target);
            int at = 0;
            foreach (FunctionSpec function in spec.Functions)
            {
                foreach ((Outcome outcome, string what) in Resolve(relocator, function)) (outcomes[at, k], asked[at++]) = (outcome, what);
            }
        }

        for (int i = 0; i < all.Length; i++)
        {
            (FunctionSpec function, CoreRelocationSpec relocation) = all[i];
            string place = LinkedProgram.LineAt(function, relocation.Index) is { } line ? $"{line.File}:{line.Line}" : $"{relocation.Index}";
            yield return new(source.Name, function.Name, asked[i], relocation.Kind, place, [.. Enumerable.Range(0, kernels.Length).Select(k => outcomes[i, k])]);
        }
    }

    /// <summary>What comes of each of a function's relocations; what is missing does no harm where no instruction of this kernel's form of the function leads to it.</summary>
    private static List<(Outcome Outcome, string Asked)> Resolve(CoreRelocator relocator, FunctionSpec function)
    {
        Instruction[] code = [.. function.Instructions];
        List<(Outcome Outcome, string Asked, int Index)> found = [];
        foreach (CoreRelocationSpec relocation in function.CoreRelocations)
        {
            Outcome outcome;
            try
            {
                CoreResult result = relocator.Resolve(relocation);
                CoreRefusal? why = CorePatch.Apply(code, relocation.Index, result);
                outcome = why is null ? new(State.Resolved, $"{result.New.Value}") : new(State.Missing, why == CoreRefusal.Missing ? Absent : why.Problem);
            }
            catch (CoreException e)
            {
                outcome = new(State.Error, e.Message);
            }

            if (relocation.Kind != CoreRelocationKind.TypeIdLocal) found.Add((outcome, relocator.Asked, relocation.Index));
        }

        ReachableCode reachable = ReachableCode.Of(code);
        return [.. found.Select(f => (f.Outcome.State == State.Missing && !reachable.Contains(f.Index) ? new(State.Guarded, "missing, guarded") : f.Outcome, f.Asked))];
    }

    private enum State
    {
        Resolved,
        Guarded,
        Missing,
        Error,
    }

    private sealed record Outcome(State State, string Text)
    {
        [JsonIgnore]
        public string Complaint => State == State.Error ? "cannot be resolved against" : Text == Absent ? "is missing in" : Text + " in";
    }

    private sealed record Row(string Object, string Program, string Asked, CoreRelocationKind Kind, string Place, IReadOnlyList<Outcome> Outcomes);
}
