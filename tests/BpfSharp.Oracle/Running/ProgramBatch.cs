using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Loader;
using BpfSharp.Analyzers.Frontend;
using BpfSharp.Analyzers.Generator;
using BpfSharp.Compiler;
using BpfSharp.Compiler.IR;
using BpfSharp.Oracle.Generation;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace BpfSharp.Oracle.Running;

/// <summary>Programs that are compiled together, by Roslyn and by BpfSharp's generator, as a user's project is.</summary>
internal sealed class ProgramBatch : IDisposable
{
    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.CSharp14);

    // Each form of loops and instruction sets: ordinary loops, iterators with v4, callbacks, ordinary loops with timers, iterators with v3.
    private static readonly (int Major, int Minor)[] s_kernels = [(5, 10), (6, 12), (6, 1), (5, 15), (6, 4)];

    // In one thread: the batches run beside each other.
    private static readonly CSharpCompilationOptions s_options = new(
        OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, warningLevel: 0, concurrentBuild: false);

    private static readonly ImmutableArray<MetadataReference> s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => Path.GetFileName(path) is var name
                && (name.StartsWith("System.", StringComparison.Ordinal) || name is "mscorlib.dll" or "netstandard.dll" or "BpfSharp.dll" or "BpfSharp.Objects.dll"))
            .Select(static path => MetadataReference.CreateFromFile(path)),
    ];

    // Programs without references gain nothing of the analysis of null, which is half of the compilation.
    private static readonly string s_quickHeader = ProgramGenerator.Header.Replace("#nullable enable", "#nullable disable", StringComparison.Ordinal);

    private readonly AssemblyLoadContext _context = new(null, isCollectible: true);
    private Assembly? _assembly;

    private ProgramBatch(CSharpCompilation source, ulong seed)
    {
        Source = source;
        GeneratorDriver driver = CSharpGeneratorDriver.Create([new BpfObjectGenerator().AsSourceGenerator()], parseOptions: s_parse, optionsProvider: new KernelOption(Options(seed).MinimumKernel))
            .RunGeneratorsAndUpdateCompilation(source, out Compilation after, out _);
        GeneratorRunResult result = driver.GetRunResult().Results.Single();
        if (result.Exception is { } exception) throw new InvalidOperationException("The generator failed.", exception);
        After = after;
        Reported = result.Diagnostics;
        Generated = result.GeneratedSources.ToDictionary(static s => s.HintName, static s => s.SourceText.ToString());
    }

    /// <summary>The compilation without what the generator adds.</summary>
    public CSharpCompilation Source { get; }

    public Compilation After { get; }

    /// <summary>What the generator said.</summary>
    public ImmutableArray<Diagnostic> Reported { get; }

    /// <summary>The generated files by name.</summary>
    public IReadOnlyDictionary<string, string> Generated { get; }

    /// <summary>One syntax tree for each program.</summary>
    public static SyntaxTree Parse(string name, string text, bool nullable = true) =>
        CSharpSyntaxTree.ParseText(SourceText.From((nullable ? ProgramGenerator.Header : s_quickHeader) + text, System.Text.Encoding.UTF8), s_parse, $"/oracle/{name}.cs");

    public static ProgramBatch Compile(IEnumerable<SyntaxTree> trees, ulong seed) => new(Compilation(trees), seed);

    /// <summary>The kernel that a seed's program is compiled for: each instruction set and what else depends on it has its share.</summary>
    public static CompilerOptions Options(ulong seed) => new() { MinimumKernel = s_kernels[seed % (ulong)s_kernels.Length] };

    /// <param name="trees">The programs.</param>
    /// <param name="isOptimised">Whether .NET may optimise them.</param>
    public static CSharpCompilation Compilation(IEnumerable<SyntaxTree> trees, bool isOptimised = true) =>
        CSharpCompilation.Create("Oracle", trees, s_references, isOptimised ? s_options : s_options.WithOptimizationLevel(OptimizationLevel.Debug));

    /// <summary>The C# compiler's errors, by the file they are in.</summary>
    public ILookup<string, Diagnostic> Errors() =>
        After.GetDiagnostics().Where(static d => d.Severity == DiagnosticSeverity.Error).ToLookup(static d => d.Location.SourceTree?.FilePath ?? "");

    /// <summary>Emits and loads the assembly; null if it has errors.</summary>
    public bool TryLoad()
    {
        using MemoryStream stream = new();
        if (!After.Emit(stream).Success) return false;
        stream.Position = 0;
        _assembly = _context.LoadFromStream(stream);
        return true;
    }

    /// <summary>What the front end says of a class, and its IR, for a reader.</summary>
    public string FrontendSays(string name)
    {
        FrontendResult result = KernelFrontend.Lower(Source.GetTypeByMetadataName(name)!, Source, CancellationToken.None);
        IEnumerable<string> diagnostics = result.Diagnostics.Select(static d => $"{d.Id} {d.Position.Line + 1}:{d.Position.Column + 1} {string.Join(", ", d.Arguments)}");
        return string.Join('\n', diagnostics.Append(result.Module is { } module ? IrPrinter.Print(module) : "no module"));
    }

    public Type Type(string name) => _assembly!.GetType(name, throwOnError: true)!;

    public void Dispose() => _context.Unload();

    /// <summary>Says <c>BpfMinimumKernel</c> to the generator, as MSBuild does.</summary>
    private sealed class KernelOption((int Major, int Minor) kernel) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Values(kernel);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;

        private sealed class Values((int Major, int Minor) kernel) : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, out string value)
            {
                value = key == "build_property.BpfMinimumKernel" ? $"{kernel.Major}.{kernel.Minor}" : null!;
                return value is not null;
            }
        }
    }
}
