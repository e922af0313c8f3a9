using System.Diagnostics;
using System.Globalization;
using BpfSharp.Analyzers.Frontend;
using BpfSharp.Compiler;
using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Passes;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;
using BpfSharp.Oracle.Bundles;
using BpfSharp.Oracle.Generation;
using BpfSharp.Oracle.Running;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Oracle;

/// <summary>
/// <c>long SEED COUNT FOLDER JOBS [KERNEL=PERMILLE…]</c> checks many programs at the least cost, and writes those for other kernels to files, which
/// <c>bundle FILE</c> checks in the running kernel; <c>pack SEED COUNT FILE</c> writes such a file, <c>pack-files KERNEL FILE SOURCE…</c> one of given programs for an oldest kernel; <c>run SEED COUNT [FOLDER]</c> checks programs and writes those that fail to a folder; <c>show SEED</c> prints one;
/// <c>tokens PATH…</c> leaves out each token of programs in turn; <c>file FILE</c> checks a program from a file; <c>code FILE [SEED]</c> prints its IR before and behind the
/// passes and its instructions; <c>verifier FILE [SEED]</c> prints all that the running kernel's verifier says of it; <c>reduce FILE…</c> makes failing programs smaller.
/// </summary>
internal static class Program
{
    private const int BatchSize = 50;

    private static int Main(string[] args) => args switch
    {
        ["run", var seed, var count, .. var rest] => Run(Number(seed), (int)Number(count), rest.Length > 0 ? rest[0] : "artifacts/oracle"),
        ["long", var seed, var count, var folder, var jobs, .. var shares] => Long(Number(seed), (int)Number(count), folder, (int)Number(jobs), shares),
        ["pack", var seed, var count, var file] => Pack(Number(seed), (int)Number(count), file),
        ["pack-files", var kernel, var file, .. var sources] => PackFiles(kernel, file, sources),
        ["bundle", var file] => CheckBundle(file),
        ["tokens", .. var paths] => Reducing.TokenWalk.Run(paths),
        ["show", var seed] => Show(Number(seed)),
        ["file", var file] => CheckFile(file),
        ["code", var file, .. var rest] => ShowCode(file, rest.Length > 0 ? Number(rest[0]) : 0),
        ["verifier", var file, .. var rest] => ShowVerifier(file, rest.Length > 0 ? Number(rest[0]) : 0),
        ["reduce", .. var files] => ReduceFiles(files),
        _ => Usage(),
    };

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);

    private static int Usage()
    {
        Console.Error.WriteLine("usage: run SEED COUNT [FOLDER] | long SEED COUNT FOLDER JOBS [KERNEL=PERMILLE…] | tokens PATH… | pack SEED COUNT FILE | pack-files KERNEL FILE SOURCE… | bundle FILE | show SEED | file FILE | code FILE [SEED] | verifier FILE [SEED] | reduce FILE…");
        return 2;
    }

    private static int Show(ulong seed)
    {
        Console.Write(ProgramGenerator.Header + ProgramGenerator.Generate(seed));
        return 0;
    }

    private static int Long(ulong seed, int count, string folder, int jobs, string[] shares)
    {
        using Campaign campaign = new(folder, [.. shares.Select(static s => s.Split('=')).Select(static p => (p[0], (int)Number(p[1])))]);
        return campaign.Run(seed, count, jobs) ? 0 : 1;
    }

    private static int Pack(ulong seed, int count, string file) => Pack(new QuickBatch(Enumerable.Range(0, count).Select(i => seed + (ulong)i)), count, file);

    private static int PackFiles(string kernel, string file, string[] sources)
    {
        Version oldest = Version.Parse(kernel);
        CompilerOptions options = new() { MinimumKernel = (oldest.Major, oldest.Minor) };
        return Pack(new QuickBatch(sources.Select(static (s, i) => ((ulong)i, Path.GetFileNameWithoutExtension(s), File.ReadAllText(s))), _ => options), sources.Length, file);
    }

    private static int Pack(QuickBatch batch, int count, string file)
    {
        List<BundledProgram> programs = batch.Run();
        foreach ((ulong suspect, FailureKind kind, string text) in batch.Suspects) Console.Error.WriteLine($"{suspect}: {kind}: {text}");
        using BinaryWriter writer = new(File.Create(file));
        foreach (BundledProgram program in programs) program.Write(writer);
        return programs.Count == count ? 0 : 1;
    }

    private static int CheckBundle(string file)
    {
        int programs = 0, failures = 0;
        foreach (BundledProgram program in BundledProgram.ReadAll(file))
        {
            programs++;
            (Verdict verdict, string text) = BundleCheck.Run(program);
            if (verdict == Verdict.Same) continue;
            failures++;
            Console.WriteLine($"{program.Seed}: {verdict}: {text}");
        }
        Console.WriteLine($"{programs} programs, {failures} failures");
        return failures == 0 && programs > 0 ? 0 : 1;
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

    private static int ShowCode(string file, ulong seed)
    {
        string name = Path.GetFileNameWithoutExtension(file), text = File.ReadAllText(file);
        using ProgramBatch batch = ProgramBatch.Compile([ProgramBatch.Parse(name, text[text.IndexOf("[BpfObject", StringComparison.Ordinal)..])], seed);
        Module module = KernelFrontend.Lower(batch.Source.GetTypeByMetadataName(name)!, batch.Source, CancellationToken.None).Module!;
        Console.WriteLine(IrPrinter.Print(module));
        Module changed = IrParser.Parse(IrPrinter.Print(module));
        PassManager.Run(changed, ProgramBatch.Options(seed));
        Console.WriteLine(IrPrinter.Print(changed));
        foreach (FunctionSpec function in BpfCompiler.Compile(module, ProgramBatch.Options(seed)).Object!.Functions)
            Console.WriteLine($"{function.Name}:\n{Disassembler.Format([.. function.Instructions])}");
        return 0;
    }

    private static int ShowVerifier(string file, ulong seed)
    {
        string name = Path.GetFileNameWithoutExtension(file), text = File.ReadAllText(file);
        using ProgramBatch batch = ProgramBatch.Compile([ProgramBatch.Parse(name, text[text.IndexOf("[BpfObject", StringComparison.Ordinal)..])], seed);
        if (!batch.TryLoad()) return 1;
        try
        {
            using KernelMachine machine = new(batch.Type(name), new BpfLoadOptions { LogLevel = 2, LogSink = static (_, log) => Console.WriteLine(log) });
        }
        catch (BpfVerifierException e)
        {
            Console.WriteLine(e.Log);
            return 1;
        }
        return 0;
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
