using System.Diagnostics;
using System.Globalization;
using BpfSharp.Oracle.Generation;
using BpfSharp.Oracle.Running;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Oracle;

/// <summary>
/// <c>run SEED COUNT [FOLDER]</c> checks programs and writes those that fail to a folder; <c>show SEED</c> prints one;
/// <c>file FILE</c> checks a program from a file; <c>reduce FILE…</c> makes failing programs smaller.
/// </summary>
internal static class Program
{
    private const int BatchSize = 50;

    private static int Main(string[] args) => args switch
    {
        ["run", var seed, var count, .. var rest] => Run(Number(seed), (int)Number(count), rest.Length > 0 ? rest[0] : "artifacts/oracle"),
        ["show", var seed] => Show(Number(seed)),
        ["file", var file] => CheckFile(file),
        ["reduce", .. var files] => ReduceFiles(files),
        _ => Usage(),
    };

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);

    private static int Usage()
    {
        Console.Error.WriteLine("usage: run SEED COUNT [FOLDER] | show SEED | file FILE | reduce FILE…");
        return 2;
    }

    private static int Show(ulong seed)
    {
        Console.Write(ProgramGenerator.Header + ProgramGenerator.Generate(seed));
        return 0;
    }

    private static int CheckFile(string file)
    {
        string text = File.ReadAllText(file);
        string name = Path.GetFileNameWithoutExtension(file);
        Checker checker = new(static type => new KernelMachine(type));
        ulong seed = ulong.TryParse(name.AsSpan(1), CultureInfo.InvariantCulture, out ulong number) ? number : 0;
        List<Failure> failures = checker.Check([(name, ProgramBatch.Parse(name, text), seed)]);
        foreach (Failure failure in failures) Console.WriteLine($"{failure.Kind}: {failure.Signature}\n{failure.Details}");
        return failures.Count == 0 ? 0 : 1;
    }

    private static int ReduceFiles(string[] files)
    {
        Checker checker = new(static type => new KernelMachine(type));
        foreach (string file in files)
        {
            string name = Path.GetFileNameWithoutExtension(file), text = File.ReadAllText(file);
            ulong seed = ulong.TryParse(name.AsSpan(1), CultureInfo.InvariantCulture, out ulong number) ? number : 0;
            if (checker.Check([(name, ProgramBatch.Parse(name, text), seed)]) is not [var failure, ..])
            {
                Console.WriteLine($"{file} does not fail");
                continue;
            }
            string reduced = new Reducing.Reducer(checker, failure, seed).Reduce(text);
            Failure last = checker.Check([(name, ProgramBatch.Parse(name, reduced), seed)])[0];
            string path = Path.ChangeExtension(file, ".reduced.txt");
            File.WriteAllText(path, $"{reduced}\n{last.Kind}: {last.Signature}\n{last.Details}\n");
            Console.WriteLine($"{path}\n{reduced}\n{last.Kind}: {last.Signature}");
        }
        return 0;
    }

    private static int Run(ulong seed, int count, string folder)
    {
        Checker checker = new(static type => new KernelMachine(type));
        Dictionary<FailureKind, int> found = [];
        Stopwatch watch = Stopwatch.StartNew();
        for (int done = 0; done < count; done += BatchSize)
        {
            var programs = Enumerable.Range(0, Math.Min(BatchSize, count - done)).Select(i => seed + (ulong)(done + i))
                .Select(static s => (ProgramGenerator.ClassName(s), ProgramBatch.Parse(ProgramGenerator.ClassName(s), ProgramGenerator.Generate(s)), s)).ToArray();
            foreach (Failure failure in checker.Check(programs))
            {
                found[failure.Kind] = found.GetValueOrDefault(failure.Kind) + 1;
                Write(failure, programs.Single(p => p.Item1 == failure.Name).Item2, folder);
                Console.WriteLine($"{failure.Name}: {failure.Kind}: {failure.Signature}");
            }
        }
        Console.WriteLine(
            $"seeds {seed} to {seed + (ulong)count - 1}: {checker.Checked} programs, {checker.Compared.All} runs, {checker.Compared.Faults} faults, {watch.Elapsed.TotalSeconds:F0} s; "
            + (found.Count == 0 ? "no failure" : string.Join(", ", found.Select(static f => $"{f.Key} {f.Value}"))));
        return found.Count == 0 ? 0 : 1;
    }

    private static void Write(Failure failure, SyntaxTree tree, string folder)
    {
        string path = Path.Combine(folder, failure.Kind.ToString());
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, failure.Name + ".cs"), tree.ToString()[ProgramGenerator.Header.Length..]);
        File.WriteAllText(Path.Combine(path, failure.Name + ".txt"), failure.Signature + "\n" + failure.Details + "\n");
    }
}
