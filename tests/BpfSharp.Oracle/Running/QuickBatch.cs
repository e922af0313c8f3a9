using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Analyzers.Frontend;
using BpfSharp.Analyzers.Generator;
using BpfSharp.Compiler;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using BpfSharp.Oracle.Bundles;
using BpfSharp.Oracle.Generation;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace BpfSharp.Oracle.Running;

/// <summary>
/// Many programs compiled in one go without their wrappers: the front end and the compiler are called as the generator calls them, and the maps get an
/// implementation from here. It costs a tenth of <see cref="ProgramBatch"/>, which also says what is wrong with a program.
/// </summary>
internal sealed partial class QuickBatch
{
    private readonly List<(ulong Seed, string Name, SyntaxTree Tree)> _programs;
    private readonly Func<ulong, CompilerOptions> _options;
    private readonly bool _isOptimised = true;

    /// <summary>Writes the programs of some seeds.</summary>
    /// <param name="seeds">The seeds.</param>
    /// <param name="isOptimised">Whether .NET may optimise the programs.</param>
    public QuickBatch(IEnumerable<ulong> seeds, bool isOptimised = true)
        : this(seeds.Select(static seed => (seed, ProgramGenerator.ClassName(seed), ProgramGenerator.Generate(seed))), ProgramBatch.Options) => _isOptimised = isOptimised;

    /// <summary>Takes given programs: the seed of their packets, the class, its text.</summary>
    public QuickBatch(IEnumerable<(ulong Seed, string Name, string Text)> programs, Func<ulong, CompilerOptions> options)
    {
        _programs = [.. programs.Select(static p => (p.Seed, p.Name, ProgramBatch.Parse(p.Name, WithMaps(p.Text), nullable: false)))];
        _options = options;
    }

    /// <summary>Programs that need a closer look, by the first sign of what is wrong.</summary>
    public List<(ulong Seed, FailureKind Kind, string Text)> Suspects { get; } = [];

    /// <summary>Whether a seed's program is compiled twice, in two orders of files: a quarter, of every oldest kernel.</summary>
    public static bool IsTwice(ulong seed) => seed % 4 == 0;

    /// <summary>Compiles the programs and runs them in .NET.</summary>
    public List<BundledProgram> Run()
    {
        List<BundledProgram> good = [];
        CSharpCompilation compilation = ProgramBatch.Compilation(_programs.Select(static p => p.Tree), _isOptimised);
        using MemoryStream stream = new();
        EmitResult emitted = compilation.Emit(stream);
        if (!emitted.Success)
        {
            ILookup<string?, Diagnostic> errors = emitted.Diagnostics.Where(static d => d.Severity == DiagnosticSeverity.Error).ToLookup(static d => d.Location.SourceTree?.FilePath);
            foreach ((ulong seed, string name, SyntaxTree tree) in _programs.ToArray())
            {
                if (!errors.Contains(tree.FilePath)) continue;
                Suspects.Add((seed, FailureKind.InvalidProgram, errors[tree.FilePath].First().ToString()));
                _programs.Remove((seed, name, tree));
            }
            return errors.Contains(null) || _programs.Count == 0 ? good : Run();
        }
        CSharpCompilation again = ProgramBatch.Compilation(_programs.AsEnumerable().Reverse().Select(static p => p.Tree), _isOptimised);
        Dictionary<ulong, byte[]> objects = [];
        Dictionary<ulong, ImmutableDictionary<string, (string Section, int Offset)>> variables = [];
        foreach ((ulong seed, string name, _) in _programs)
        {
            ObjectImage? first = Compile(compilation, name, seed), second = IsTwice(seed) ? Compile(again, name, seed) : first;
            if (first is null || second is null) Suspects.Add((seed, FailureKind.Diagnostic, ""));
            else if (!first.Bytes.AsSpan().SequenceEqual(second.Bytes)) Suspects.Add((seed, FailureKind.NotDeterministic, ""));
            else (objects[seed], variables[seed]) = (first.Bytes, first.Variables);
        }
        stream.Position = 0;
        AssemblyLoadContext context = new(null, isCollectible: true);
        Assembly assembly = context.LoadFromStream(stream);
        foreach ((ulong seed, string name, _) in _programs)
        {
            if (objects.TryGetValue(seed, out byte[]? bytes)) good.Add(Expect(assembly.GetType(name, throwOnError: true)!, seed, bytes, variables[seed]));
        }
        context.Unload();
        return good;
    }

    private BundledProgram Expect(Type type, ulong seed, byte[] bytes, ImmutableDictionary<string, (string Section, int Offset)> variables)
    {
        using ManagedMachine machine = new(type);
        var runs = new (uint, ulong)[Checker.Runs];
        byte[][] packets = Packets.For(seed, Checker.Runs);
        for (int i = 0; i < packets.Length; i++)
        {
            uint result = machine.Execute(packets[i]);
            runs[i] = (result, BundledProgram.Hash(packets[i]));
        }
        // A variable that the programs never use is in no section, and stays as it is.
        BundledGlobal[] globals = [.. ManagedMachine.Globals(type).Where(f => variables.ContainsKey(f.Name))
            .Select(f => new BundledGlobal(f.Name, variables[f.Name].Section, variables[f.Name].Offset, RawBytes.Parts(f.FieldType)))];
        return new BundledProgram(seed, _options(seed).MinimumKernel, bytes, globals, runs, BundledProgram.Hash(machine.StateOf(n => variables.ContainsKey(n))));
    }

    private ObjectImage? Compile(CSharpCompilation compilation, string name, ulong seed)
    {
        try
        {
            FrontendResult result = KernelFrontend.Lower(compilation.GetTypeByMetadataName(name)!, compilation, CancellationToken.None);
            if (result.Module is null || result.Diagnostics.Any(static d => BpfDiagnostics.Find(d.Id).DefaultSeverity == DiagnosticSeverity.Error)) return null;
            CompiledObject compiled = CompiledObject.Compile(IrPrinter.Print(result.Module), _options(seed));
            return compiled.Object is { } spec ? ObjectImage.Make(spec, []) : null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return null;
        }
    }

    /// <summary>The program with bodies for its maps' properties.</summary>
    private static string WithMaps(string text) => MapProperty().Replace(text, static m => $"{m.Value}\npublic static partial {m.Groups[2]} {m.Groups[3]} => field ??= new({m.Groups[1]});\n");

    [GeneratedRegex(@"\[BpfMap\(MaxEntries = (\d+)\)\] public static partial (.+) (\w+) \{ get; \}")]
    private static partial Regex MapProperty();
}
