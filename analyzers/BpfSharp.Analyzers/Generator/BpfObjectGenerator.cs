using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Analyzers.Frontend;
using BpfSharp.Compiler;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace BpfSharp.Analyzers.Generator;

/// <summary>
/// Compiles each <c>[BpfObject]</c> class and adds the object's bytes and typed wrappers to it. The programs are lowered to the IR's text
/// in the first step, because only it sees symbols; the compiler itself runs only when that text changes. The source positions are joined last.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed partial class BpfObjectGenerator : IIncrementalGenerator
{
    /// <summary>The names of the steps, for tests that assert why a step ran.</summary>
    internal static class Steps
    {
        public const string Options = "BpfOptions";
        public const string Lower = "BpfLower";
        public const string Ir = "BpfIr";
        public const string Compile = "BpfCompile";
        public const string Join = "BpfJoin";
    }

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValueProvider<BuildOptions> options = context.AnalyzerConfigOptionsProvider
            .Select(static (provider, _) => BuildOptions.Read(provider.GlobalOptions))
            .WithTrackingName(Steps.Options);

        IncrementalValuesProvider<LoweredObject> lowered = context.SyntaxProvider
            .ForAttributeWithMetadataName(KernelNames.ObjectAttribute, static (node, _) => node is ClassDeclarationSyntax, Lower)
            .WithTrackingName(Steps.Lower);

        IncrementalValuesProvider<CompiledObject> compiled = lowered
            .Select(static (item, _) => item.Ir)
            .WithTrackingName(Steps.Ir)
            .Combine(options.Select(static (build, _) => build.Compiler))
            .Select(static (pair, _) => CompiledObject.Compile(pair.Left, pair.Right))
            .WithTrackingName(Steps.Compile);

        IncrementalValuesProvider<Output> outputs = lowered.Collect()
            .Combine(compiled.Collect())
            .Combine(options)
            .SelectMany(static (all, _) => Pair(all.Left.Left, all.Left.Right, all.Right))
            .WithTrackingName(Steps.Join);

        context.RegisterSourceOutput(outputs, static (production, output) => Produce(production, output));
        context.RegisterSourceOutput(options, static (production, build) => ReportOptions(production, build));
        RegisterOutside(context);
    }

    /// <summary>What the last step writes of one class.</summary>
    private sealed record Output(LoweredObject Lowered, CompiledObject Compiled, string ProjectDirectory);

    private static LoweredObject Lower(GeneratorAttributeSyntaxContext context, CancellationToken cancellation) =>
        LoweredPrograms.Lower((INamedTypeSymbol)context.TargetSymbol, context.SemanticModel.Compilation, cancellation);

    private static IEnumerable<Output> Pair(ImmutableArray<LoweredObject> lowered, ImmutableArray<CompiledObject> compiled, BuildOptions build)
    {
        for (int i = 0; i < lowered.Length; i++) yield return new Output(lowered[i], compiled[i], build.ProjectDirectory);
    }

    private static void Produce(SourceProductionContext context, Output output)
    {
        foreach (FrontendDiagnostic diagnostic in output.Lowered.Diagnostics) Report(context, diagnostic.Id, diagnostic.Position, diagnostic.Arguments);
        foreach (CompilerDiagnostic diagnostic in output.Compiled.Diagnostics)
            Report(context, diagnostic.Id, PositionOf(output.Lowered, diagnostic.DebugId), diagnostic.Arguments);
        if (output.Lowered.Declaration is not { } declaration) return;
        ObjectImage image = ObjectImage.Empty with { Cause = output.Lowered.Cause };
        if (output.Compiled.Object is { } spec)
        {
            try
            {
                image = ObjectImage.Make(spec, RelativeLines(output)) with { Functions = output.Compiled.Functions };
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Report(context, BpfDiagnostics.InternalError.Id, PositionOf(output.Lowered, 0), [declaration.Name, exception.Describe()]);
            }
        }

        context.AddSource(declaration.HintName, WrapperSource.Write(declaration, image));
    }

    private static SourcePosition PositionOf(LoweredObject lowered, int debugId)
    {
        if (debugId > 0 && debugId < lowered.Positions.Count) return lowered.Positions[debugId];
        return lowered.ClassPosition;
    }

    /// <summary>The lines with paths relative to the project, so that the same sources in another folder give the same bytes.</summary>
    private static EquatableArray<SourceLine> RelativeLines(Output output) =>
        output.Lowered.Lines.Items.Select(line => line with { File = SourcePath.Relative(line.File, output.ProjectDirectory) }).ToImmutableArray();

    private static void Report(SourceProductionContext context, string id, SourcePosition position, ImmutableArray<string> arguments)
    {
        DiagnosticDescriptor descriptor = BpfDiagnostics.Find(id);
        object[] values = descriptor.Id == id ? [.. arguments] : [id, string.Join(", ", arguments)];
        context.ReportDiagnostic(Diagnostic.Create(descriptor, position.ToLocation(), values));
    }

    private static void ReportOptions(SourceProductionContext context, BuildOptions build)
    {
        if (build.InvalidMinimumKernel.Length > 0)
            context.ReportDiagnostic(Diagnostic.Create(BpfDiagnostics.InvalidMinimumKernel, Location.None, "The MSBuild property BpfMinimumKernel", build.InvalidMinimumKernel));
    }
}
