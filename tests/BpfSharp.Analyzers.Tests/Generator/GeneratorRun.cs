using System.Collections.Immutable;
using System.Globalization;
using BpfSharp.Analyzers.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace BpfSharp.Analyzers.Tests.Generator;

/// <summary>Runs the generator over sources as the compiler does, with the runtime's assemblies and BpfSharp as references.</summary>
internal sealed class GeneratorRun
{
    public const string Usings = "using System;\nusing System.Threading;\nusing BpfSharp;\nusing BpfSharp.Kernel;\n";

    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.CSharp14);

    private static readonly ImmutableArray<MetadataReference> s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name
                && (name.StartsWith("System.", StringComparison.Ordinal) || name is "mscorlib.dll" or "netstandard.dll" or "BpfSharp.dll" or "BpfSharp.Objects.dll"))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private GeneratorDriver _driver;

    private GeneratorRun(CSharpCompilation compilation, GeneratorDriver driver)
    {
        Before = compilation;
        _driver = driver.RunGeneratorsAndUpdateCompilation(compilation, out Compilation after, out ImmutableArray<Diagnostic> reported);
        After = after;
        Reported = reported;
        Assert.Null(Result.Exception);
    }

    public CSharpCompilation Before { get; }

    public Compilation After { get; }

    /// <summary>What the generator reported.</summary>
    public ImmutableArray<Diagnostic> Reported { get; }

    public GeneratorRunResult Result => _driver.GetRunResult().Results[0];

    /// <summary>All that the compiler says of the sources and the generated files, warnings included.</summary>
    public ImmutableArray<Diagnostic> CompilerDiagnostics => [.. After.GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning)];

    public static GeneratorRun Of(string source, string path = "/src/Test.cs", params (string Key, string Value)[] properties) =>
        Of([(path, source)], properties);

    /// <summary>A library for which another generator writes code too.</summary>
    public static GeneratorRun With(string generated, string source) =>
        Of(OutputKind.DynamicallyLinkedLibrary, [("/src/Test.cs", source)], [], other: new OtherGenerator(generated));

    public static GeneratorRun Of((string Path, string Source)[] files, params (string Key, string Value)[] properties) =>
        Of(OutputKind.DynamicallyLinkedLibrary, files, properties);

    /// <summary>A library as a build of that configuration compiles it.</summary>
    public static GeneratorRun Of(OptimizationLevel optimization, (string Path, string Source)[] files) => Of(OutputKind.DynamicallyLinkedLibrary, files, [], optimization);

    /// <summary>An application, which may have top-level statements.</summary>
    public static GeneratorRun Console((string Path, string Source)[] files) => Of(OutputKind.ConsoleApplication, files, []);

    private static GeneratorRun Of(
        OutputKind kind, (string Path, string Source)[] files, (string Key, string Value)[] properties, OptimizationLevel optimization = OptimizationLevel.Debug, IIncrementalGenerator? other = null)
    {
        var compilation = CSharpCompilation.Create("Test",
            files.Select(file => CSharpSyntaxTree.ParseText(file.Source, s_parse, file.Path, System.Text.Encoding.UTF8)), s_references,
            new CSharpCompilationOptions(kind, nullableContextOptions: NullableContextOptions.Enable, allowUnsafe: false, optimizationLevel: optimization));
        GeneratorDriver driver = CSharpGeneratorDriver.Create(
            other is null ? [new BpfObjectGenerator().AsSourceGenerator()] : [new BpfObjectGenerator().AsSourceGenerator(), other.AsSourceGenerator()], parseOptions: s_parse, optionsProvider: new Options(properties),
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
        return new GeneratorRun(compilation, driver);
    }

    /// <summary>What a build says of the sources and the generated files: the generator, the C# compiler and the analyzers.</summary>
    public async Task<ImmutableArray<Diagnostic>> BuildErrors() =>
    [
        .. Reported.Concat(After.GetDiagnostics()).Concat(await After.WithAnalyzers([new LeftOutObjectAnalyzer()]).GetAnalyzerDiagnosticsAsync())
            .Where(d => d.Severity == DiagnosticSeverity.Error),
    ];

    /// <summary>The bytes of each class's object; none where it was left out.</summary>
    public ImmutableArray<int> ImageSizes =>
    [
        .. Result.GeneratedSources.SelectMany(source => source.SyntaxTree.GetRoot().DescendantNodes().OfType<VariableDeclaratorSyntax>())
            .Where(variable => variable.Identifier.Text == "ImageSize").Select(variable => int.Parse(variable.Initializer!.Value.ToString(), CultureInfo.InvariantCulture)),
    ];

    /// <summary>Runs again, with what is cached, after one file changed.</summary>
    public GeneratorRun Edit(string path, string source)
    {
        SyntaxTree old = Before.SyntaxTrees.Single(tree => tree.FilePath == path);
        return new GeneratorRun(Before.ReplaceSyntaxTree(old, CSharpSyntaxTree.ParseText(source, s_parse, path, System.Text.Encoding.UTF8)), _driver);
    }

    /// <summary>Why a step ran, for each of its outputs.</summary>
    public IncrementalStepRunReason[] Reasons(string step) =>
        [.. Result.TrackedSteps[step].SelectMany(run => run.Outputs).Select(output => output.Reason)];

    private sealed class OtherGenerator(string code) : IIncrementalGenerator
    {
        public void Initialize(IncrementalGeneratorInitializationContext context) =>
            context.RegisterSourceOutput(context.CompilationProvider, (production, _) => production.AddSource("Other.g.cs", code));
    }

    private sealed class Options((string Key, string Value)[] properties) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } =
            new Values(properties.ToDictionary(pair => "build_property." + pair.Key, pair => pair.Value));

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;
    }

    private sealed class Values(Dictionary<string, string> values) : AnalyzerConfigOptions
    {
#pragma warning disable CS8765 // The attribute that it misses is also among the polyfills that the analyzers show to their tests.
        public override bool TryGetValue(string key, out string? value) => values.TryGetValue(key, out value);
#pragma warning restore CS8765
    }
}
