using System.CommandLine;
using BpfSharp.Loading;
using BpfSharp.Loading.Core;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Cli.Commands;

/// <summary><c>dotnet bpf check</c>: which relocations resolve on which kernels.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        Argument<string> path = Options.Path();
        Option<string[]> btf = Options.Btf();
        Option<bool> json = Options.Json();
        btf.Required = true;
        Command command = new("check", "Tells which of an object's CO-RE relocations resolve on which kernels; fails if one is missing that no check in the program guards.") { path, btf, json };
        command.SetAction(result => Run(result.GetValue(path)!, result.GetValue(btf)!, result.GetValue(json)));
        return command;
    }

    private static int Run(string path, string[] kernels, bool json)
    {
        foreach (string kernel in kernels)
        {
            if (!File.Exists(kernel)) throw new CommandException($"there is no file {kernel}");
        }

        List<Row> rows = [];
        foreach (ObjectSource o in ObjectSource.Read(path)) rows.AddRange(Check(o, kernels));
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
                Console.Error.WriteLine($"{row.Place}: {row.Asked} in '{row.Program}' {(outcome.State == State.Missing ? "is missing in" : "cannot be resolved against")} {kernel}{(outcome.State == State.Error ? ": " + outcome.Text : "")}");
        }

        return bad.Length > 0 ? 1 : 0;
    }

    private static IEnumerable<Row> Check(ObjectSource source, string[] kernels)
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
            using CoreTarget target = CoreTarget.FromFile(kernels[k]);
            CoreRelocator relocator = new(local, target);
            for (int i = 0; i < all.Length; i++)
            {
                outcomes[i, k] = Resolve(relocator, spec, all[i].Relocation, () => asked[i] = relocator.Asked);
            }
        }

        for (int i = 0; i < all.Length; i++)
        {
            (FunctionSpec function, CoreRelocationSpec relocation) = all[i];
            string place = LinkedProgram.LineAt(function, relocation.Index) is { } line ? $"{line.File}:{line.Line}" : $"{relocation.Index}";
            yield return new(source.Name, function.Name, asked[i], relocation.Kind, place, [.. Enumerable.Range(0, kernels.Length).Select(k => outcomes[i, k])]);
        }
    }

    private static Outcome Resolve(CoreRelocator relocator, ObjectSpec spec, CoreRelocationSpec relocation, Action named)
    {
        try
        {
            CoreResult result = relocator.Resolve(relocation);
            named();
            if (!result.IsMissing) return new(State.Resolved, $"{result.New.Value}");
            return IsGuarded(spec, relocation) ? new(State.Guarded, "missing, guarded") : new(State.Missing, "MISSING");
        }
        catch (CoreException e)
        {
            named();
            return new(State.Error, e.Message);
        }
    }

    /// <summary>Whether the object asks somewhere if this, or what it is in, is there.</summary>
    private static bool IsGuarded(ObjectSpec spec, CoreRelocationSpec relocation) => spec.Functions.Any(f => f.CoreRelocations.Any(r => r.TypeId == relocation.TypeId && r.Kind switch
    {
        CoreRelocationKind.TypeExists or CoreRelocationKind.TypeMatches => true,
        CoreRelocationKind.FieldExists => relocation.Kind <= CoreRelocationKind.FieldRightShift && (relocation.Access == r.Access || relocation.Access.StartsWith(r.Access + ":", StringComparison.Ordinal)),
        CoreRelocationKind.EnumValueExists => relocation.Kind == CoreRelocationKind.EnumValue && relocation.Access == r.Access,
        _ => false,
    }));

    private enum State
    {
        Resolved,
        Guarded,
        Missing,
        Error,
    }

    private sealed record Outcome(State State, string Text);

    private sealed record Row(string Object, string Program, string Asked, CoreRelocationKind Kind, string Place, IReadOnlyList<Outcome> Outcomes);
}
