using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Oracle.Running;

/// <summary>Compiles programs, runs each in .NET and as bytecode, and compares.</summary>
/// <param name="machines">Makes what runs the bytecode of a program's class.</param>
internal sealed partial class Checker(Func<Type, IMachine> machines)
{
    /// <summary>How many packets each program is run on.</summary>
    public const int Runs = 12;

    /// <summary>Programs that were run.</summary>
    public int Checked { get; private set; }

    /// <summary>Runs that were compared, and how many of them ended in a fault.</summary>
    public (int All, int Faults) Compared { get; private set; }

    /// <summary>Checks programs, given as class name, text and seed of the packets. They are compiled together if they are for the same kernel.</summary>
    public List<Failure> Check(IReadOnlyList<(string Name, SyntaxTree Tree, ulong Seed)> programs, bool twice = true) =>
        [.. programs.GroupBy(static p => ProgramBatch.Options(p.Seed).MinimumKernel).SelectMany(g => CheckBatch([.. g], twice))];

    private List<Failure> CheckBatch((string Name, SyntaxTree Tree, ulong Seed)[] programs, bool twice)
    {
        List<Failure> failures = [];
        using ProgramBatch batch = ProgramBatch.Compile(programs.Select(static p => p.Tree), programs[0].Seed);
        ILookup<string, Diagnostic> errors = batch.Errors();
        HashSet<string> bad = [];
        foreach ((string name, SyntaxTree tree, _) in programs)
        {
            if (Diagnose(batch, errors, name, tree) is not { } failure) continue;
            failures.Add(failure);
            bad.Add(name);
        }
        var good = programs.Where(p => !bad.Contains(p.Name)).ToArray();
        if (good.Length == 0) return failures;
        if (bad.Count > 0) return [.. failures, .. CheckBatch(good, twice)];
        if (!batch.TryLoad()) throw new InvalidOperationException("The batch has no errors and cannot be emitted.");
        if (twice) failures.AddRange(CompareTwice(batch, programs));
        foreach ((string name, _, ulong seed) in good)
        {
            Checked++;
            if (RunOne(batch.Type(name), seed) is { } failure) failures.Add(failure);
        }
        return failures;
    }

    private static Failure? Diagnose(ProgramBatch batch, ILookup<string, Diagnostic> errors, string name, SyntaxTree tree)
    {
        Diagnostic[] reported = [.. batch.Reported.Where(d => d.Location.GetLineSpan().Path == tree.FilePath || d.Location == Location.None)];
        Diagnostic[] invalid = [.. errors[tree.FilePath].Where(static d => !d.Id.StartsWith("BPF", StringComparison.Ordinal))];
        if (invalid.Length > 0) return new Failure(FailureKind.InvalidProgram, name, invalid[0].Id, string.Join('\n', (IEnumerable<Diagnostic>)invalid));
        if (reported.Length == 0)
        {
            // No object, and nobody said why.
            bool isEmpty = batch.Generated.FirstOrDefault(g => g.Key.StartsWith(name + ".", StringComparison.Ordinal)).Value?.Contains("ImageSize = 0;", StringComparison.Ordinal) ?? true;
            return isEmpty ? new Failure(FailureKind.Diagnostic, name, "silent", "Nothing is reported and there is no object.\n" + batch.FrontendSays(name)) : null;
        }
        string signature = reported[0].Id == "BPF0001" ? Numbers().Replace(reported[0].GetMessage(), "#") : reported[0].Id;
        return new Failure(FailureKind.Diagnostic, name, signature.Replace(name, "P", StringComparison.Ordinal), string.Join('\n', (IEnumerable<Diagnostic>)reported));
    }

    /// <summary>Compiles again, with the files in the other order.</summary>
    private static IEnumerable<Failure> CompareTwice(ProgramBatch first, (string Name, SyntaxTree Tree, ulong Seed)[] programs)
    {
        using ProgramBatch second = ProgramBatch.Compile(programs.Select(static p => p.Tree).Reverse(), programs[0].Seed);
        foreach ((string file, string text) in first.Generated)
        {
            if (second.Generated.GetValueOrDefault(file) != text)
                yield return new Failure(FailureKind.NotDeterministic, programs.Select(static p => p.Name).FirstOrDefault(n => file.Contains(n + ".", StringComparison.Ordinal)) ?? file, "", file);
        }
    }

    private Failure? RunOne(Type program, ulong seed)
    {
        string name = program.Name;
        try
        {
            // The verifier first: it also proves that the program ends, which .NET does not.
            using IMachine actual = machines(program);
            using ManagedMachine expected = new(program);
            foreach (byte[] packet in Packets.For(seed, Runs))
            {
                Observation right = expected.Run(packet), found = actual.Run(packet);
                Compared = (Compared.All + 1, Compared.Faults + (right.Result == Observation.Fault ? 1 : 0));
                if (right == found) continue;
                string kind = right.Result == found.Result ? "effects" : right.Result == Observation.Fault ? "no fault" : found.Result == Observation.Fault ? "fault" : "result";
                return new Failure(FailureKind.Difference, name, kind, $"On packet {Convert.ToHexString(packet)}\n.NET:\n{right}\nbytecode:\n{found}");
            }
            return null;
        }
        catch (BpfVerifierException e)
        {
            bool large = e.Log.Contains("too large. Processed", StringComparison.Ordinal) || e.Log.Contains("is too complex", StringComparison.Ordinal);
            string[] lines = e.Log.TrimEnd().Split('\n');
            string cause = lines.LastOrDefault(static l => l.Length > 0 && !l.StartsWith("processed", StringComparison.Ordinal) && !l.StartsWith("verification time", StringComparison.Ordinal)
                && !l.StartsWith("stack depth", StringComparison.Ordinal)) ?? "";
            string tail = string.Join('\n', lines.TakeLast(large ? 5 : 150));
            return new Failure(large ? FailureKind.Complexity : FailureKind.Rejected, name, Numbers().Replace(cause, "#"), $"{e.Message}\n{tail}");
        }
        catch (Exception e) when (e is BpfException or InvalidOperationException or TargetInvocationException or FormatException or ArgumentException)
        {
            return new Failure(FailureKind.Error, name, Numbers().Replace(e.Message, "#").Replace(name, "P", StringComparison.Ordinal), e.ToString());
        }
    }

    [GeneratedRegex("[-0-9]+|0x[0-9a-f]+")]
    private static partial Regex Numbers();
}
