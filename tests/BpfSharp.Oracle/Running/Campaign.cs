using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using BpfSharp.Oracle.Bundles;
using BpfSharp.Oracle.Generation;

namespace BpfSharp.Oracle.Running;

/// <summary>
/// A long run: each program is compiled, a quarter twice, run in .NET, and run in one kernel. What is for another kernel than the running one is written to a file for it.
/// </summary>
/// <param name="folder">Where the files for the other kernels go, and the programs that fail.</param>
/// <param name="shares">The other kernels, each with the programs in a thousand that it gets.</param>
internal sealed class Campaign(string folder, IReadOnlyList<(string Kernel, int PerMille)> shares) : IDisposable
{
    private const int BatchSize = 64;
    private const int Details = 20;

    private readonly Dictionary<string, (BinaryWriter Writer, int Count)> _files = [];
    private readonly ConcurrentDictionary<FailureKind, int> _found = [];
    private readonly ConcurrentQueue<(ulong Seed, FailureKind Kind, string Text)> _suspects = [];
    private readonly Lock _lock = new();
    private long _compiled, _twice, _ran, _runs, _faults;

    /// <summary>Checks the programs of a range of seeds in some threads; whether nothing failed.</summary>
    public bool Run(ulong first, int count, int jobs)
    {
        Directory.CreateDirectory(folder);
        Stopwatch watch = Stopwatch.StartNew();
        long next = 0, shown = 0;
        Thread[] threads = [.. Enumerable.Range(0, jobs).Select(_ => new Thread(() =>
        {
            while (true)
            {
                long start = Interlocked.Add(ref next, BatchSize) - BatchSize;
                if (start >= count) return;
                Batch([.. Enumerable.Range(0, (int)Math.Min(BatchSize, count - start)).Select(i => first + (ulong)start + (ulong)i)]);
                long done = Interlocked.Read(ref _compiled);
                if (done / 1000 == Interlocked.Exchange(ref shown, done / 1000)) continue;
                Console.WriteLine($"{done} of {count}, {watch.Elapsed.TotalSeconds:F0} s, {Environment.CpuUsage.TotalTime.TotalSeconds:F0} s of CPU: {Sum()}");
            }
        }, 16 << 20))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Explain();
        Console.WriteLine($"seeds {first} to {first + (ulong)count - 1}: {_compiled} programs compiled, {_twice} of them twice, {_runs} runs in .NET, {_faults} of them faults; {_ran} programs in the running kernel"
            + string.Concat(_files.Select(static f => $", {f.Value.Count} for {f.Key}")) + $"; {watch.Elapsed.TotalSeconds:F0} s, {Environment.CpuUsage.TotalTime.TotalSeconds:F0} s of CPU");
        Console.WriteLine($"running kernel: {_ran} programs; {Sum()}");
        // What C#'s compiler refuses was never run. Some few of those are its own mistakes (CS0170 for elements of inline arrays); more are the generator's.
        return _found.All(f => f.Key is FailureKind.DotnetDiffers || (f.Key is FailureKind.InvalidProgram && f.Value <= count / 1000));
    }

    public void Dispose()
    {
        foreach ((BinaryWriter writer, _) in _files.Values) writer.Dispose();
    }

    private string Sum() => string.Join(", ", new[]
    {
        (FailureKind.Difference, "differences"), (FailureKind.Rejected, "rejections"), (FailureKind.Complexity, "too complex for the verifier"), (FailureKind.Diagnostic, "crashes or diagnostics"),
        (FailureKind.NotDeterministic, "non-deterministic"), (FailureKind.Error, "errors"), (FailureKind.InvalidProgram, "refused by C#"),
        (FailureKind.DotnetDiffers, "of which .NET has two opinions"),
    }.Select(k => $"{_found.GetValueOrDefault(k.Item1)} {k.Item2}"));

    private void Batch(ulong[] seeds)
    {
        QuickBatch batch = new(seeds);
        List<BundledProgram> programs = batch.Run();
        Interlocked.Add(ref _compiled, seeds.Length);
        Interlocked.Add(ref _twice, seeds.Count(QuickBatch.IsTwice));
        foreach ((ulong seed, FailureKind kind, string text) in batch.Suspects) Suspect(seed, kind, text);
        foreach (BundledProgram program in programs)
        {
            Interlocked.Add(ref _runs, program.Runs.Length);
            Interlocked.Add(ref _faults, program.Runs.Count(static r => r.Result == Observation.Fault));
            if (KernelOf(program.Seed) is { } kernel)
            {
                Keep(kernel, program);
                continue;
            }
            Interlocked.Increment(ref _ran);
            (Verdict verdict, string text) = BundleCheck.Run(program);
            if (verdict == Verdict.Same) continue;
            Suspect(program.Seed, verdict switch
            {
                Verdict.Different => IsDotnets(program.Seed) ? FailureKind.DotnetDiffers : FailureKind.Difference,
                Verdict.Rejected => FailureKind.Rejected,
                Verdict.Complex => FailureKind.Complexity,
                _ => FailureKind.Error,
            }, text);
        }
    }

    /// <summary>Whether a program that differs from .NET is the same as .NET without optimisations: .NET's compiler is wrong somewhere then, not ours.</summary>
    private static bool IsDotnets(ulong seed) => new QuickBatch([seed], isOptimised: false).Run() is [var program] && BundleCheck.Run(program).Verdict == Verdict.Same;

    /// <summary>The other kernel that gets a program; null for the running one.</summary>
    private string? KernelOf(ulong seed)
    {
        int at = new Dice(seed).Below(1000);
        foreach ((string kernel, int share) in shares)
        {
            at -= share;
            if (at >= 0) continue;
            string[] parts = kernel.Split('.');
            (int, int) version = (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
            return ProgramBatch.Options(seed).MinimumKernel.CompareTo(version) <= 0 ? kernel : null;
        }
        return null;
    }

    private void Keep(string kernel, BundledProgram program)
    {
        lock (_lock)
        {
            if (!_files.TryGetValue(kernel, out (BinaryWriter Writer, int Count) file)) file = (new BinaryWriter(File.Create(Path.Combine(folder, kernel + ".bundle"))), 0);
            program.Write(file.Writer);
            _files[kernel] = (file.Writer, file.Count + 1);
        }
    }

    private void Suspect(ulong seed, FailureKind kind, string text)
    {
        _found.AddOrUpdate(kind, 1, static (_, n) => n + 1);
        _suspects.Enqueue((seed, kind, text));
        Console.WriteLine($"{seed}: {kind}: {text.Split('\n')[0]}");
        lock (_lock) File.AppendAllText(Path.Combine(folder, "suspects.txt"), $"{seed}\t{kind}\t{text.ReplaceLineEndings(" ")}\n");
    }

    /// <summary>Has a closer look at some programs that failed, and leaves them with all that is known.</summary>
    private void Explain()
    {
        Checker checker = new(static type => new KernelMachine(type));
        // One that is too complex takes the verifier longest, and its log says nothing more.
        foreach ((ulong seed, FailureKind kind, string text) in _suspects.Where(static s => s.Kind is not (FailureKind.Complexity or FailureKind.DotnetDiffers)).Take(Details))
        {
            string name = ProgramGenerator.ClassName(seed), source = ProgramGenerator.Generate(seed);
            Failure failure = checker.Check([(name, ProgramBatch.Parse(name, source), seed)]).FirstOrDefault() ?? new Failure(kind, name, "only in the long run", text);
            File.WriteAllText(Path.Combine(folder, name + ".cs"), source);
            File.WriteAllText(Path.Combine(folder, name + ".txt"), $"{failure.Kind}: {failure.Signature}\n{failure.Details}\n");
        }
    }
}
