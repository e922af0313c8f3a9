using BpfSharp.Oracle.Generation;
using BpfSharp.Oracle.Running;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Oracle.Tests;

/// <summary>Programs run in .NET and as bytecode: random ones from fixed seeds, and those that went wrong once.</summary>
public sealed class OracleTests
{
    private const int ProgramsPerCase = 40;

    public static TheoryData<string> Regressions =>
        [.. Directory.GetFiles(Folder, "*.cs").Select(static f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Regressions");

    [Theory]
    [InlineData(1)]
    public void RandomProgramsInTheVirtualMachine(int number) => CheckSeeds((ulong)number * 1_000_000, static type => new VirtualMachine(type));

    [RootTheory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void RandomProgramsInTheKernel(int number) => CheckSeeds((ulong)number * 1_000_000, static type => new KernelMachine(type));

    [Theory]
    [MemberData(nameof(Regressions))]
    public void RegressionsInTheVirtualMachine(string name) => CheckFile(name, static type => new VirtualMachine(type));

    [RootTheory]
    [MemberData(nameof(Regressions))]
    public void RegressionsInTheKernel(string name) => CheckFile(name, static type => new KernelMachine(type));

    private static void CheckSeeds(ulong first, Func<Type, IMachine> machines) =>
        Check(Enumerable.Range(0, ProgramsPerCase).Select(i => (ProgramGenerator.ClassName(first + (ulong)i), ProgramGenerator.Generate(first + (ulong)i), first + (ulong)i)), machines);

    private static void CheckFile(string name, Func<Type, IMachine> machines) =>
        // The seed chooses the oldest kernel, and so the instruction set and the form of loops: ordinary ones, iterators, callbacks.
        Array.ForEach<ulong>([0, 1, 2], seed => Check([(name, File.ReadAllText(Path.Combine(Folder, name + ".cs")), seed)], machines));

    private static void Check(IEnumerable<(string Name, string Text, ulong Seed)> programs, Func<Type, IMachine> machines)
    {
        (string Name, SyntaxTree Tree, ulong Seed)[] parsed = [.. programs.Select(static p => (p.Name, ProgramBatch.Parse(p.Name, p.Text), p.Seed))];
        Checker checker = new(machines);
        List<Failure> failures = checker.Check(parsed);
        Assert.True(failures.Count == 0, string.Join("\n\n", failures.Select(static f => $"{f.Name}: {f.Kind}: {f.Signature}\n{f.Details}")));
        Assert.Equal(parsed.Length, checker.Checked);
    }
}
