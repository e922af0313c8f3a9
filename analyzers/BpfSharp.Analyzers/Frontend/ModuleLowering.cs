using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Lowers a <c>[BpfObject]</c> class: its maps, globals and programs, and everything that the programs call.</summary>
internal sealed partial class ModuleLowering(INamedTypeSymbol type, Compilation compilation, CancellationToken cancellation)
{
    private readonly List<FrontendDiagnostic> _diagnostics = [];
    private readonly HashSet<(string Id, SourcePosition Position)> _reported = [];
    private readonly Dictionary<SyntaxTree, SemanticModel> _models = [];
    private BtfTypeWriter? _btf;

    /// <summary>The class.</summary>
    public INamedTypeSymbol Class { get; } = type;

    /// <summary>The compilation it is in.</summary>
    public Compilation Compilation { get; } = compilation;

    /// <summary>Ends the work early.</summary>
    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>What is written.</summary>
    public Module Module { get; } = new();

    /// <summary>The layouts of types.</summary>
    public TypeLayouts Layouts { get; } = new(compilation);

    /// <summary>The source positions.</summary>
    public PositionTable Positions { get; } = new();

    /// <summary>The kernel types that are used.</summary>
    public KernelTypeTable Kernel { get; } = new();

    /// <summary>Writes BTF types.</summary>
    public BtfTypeWriter Btf => _btf ??= new BtfTypeWriter(Module);

    /// <summary>A place whose lowering failed without a report, since the C# compiler has one; null if there is none.</summary>
    public SyntaxNode? Silent { get; private set; }

    /// <summary>Lowers everything.</summary>
    public FrontendResult Run(IMethodSymbol? only = null)
    {
        Module.License = Class.Attribute(KnownNames.ObjectAttribute)?.Named("License") as string ?? "";
        Module.MinimumKernel = KernelVersionText.Parse(Class.Attribute(KnownNames.ObjectAttribute)?.Named("MinimumKernel") as string ?? "");
        AddMaps();
        AddGlobals();
        if (only is null) AddPrograms();
        else Plan(only, Substitution.Of(only, Substitution.Empty), only.DeclaringSyntaxReferences[0].GetSyntax(Cancellation));
        LowerFunctions();
        FindRecursion();
        Kernel.Finish(Btf);
        Diagnostic? cause = _diagnostics.Count == 0 && Silent is { } place ? ErrorAround(place) : null;
        if (_diagnostics.Count == 0 && Silent is not null && cause is null) Report(Ids.InternalError, Silent, Class.Name, "the front end gave up without a reason");
        ImmutableArray<FrontendDiagnostic> diagnostics =
            [.. _diagnostics.OrderBy(static d => d.Position.File, StringComparer.Ordinal).ThenBy(static d => d.Position.Start)];
        return new FrontendResult(diagnostics.IsEmpty && Silent is null && !HasWrongDeclaration ? Module : null, Positions.ToImmutable(), diagnostics)
        {
            Cause = cause is null ? "" : CSharpErrors.Describe(cause),
        };
    }

    /// <summary>Reports a diagnostic at a place, once.</summary>
    public void Report(string id, SyntaxNode at, params string[] arguments) => Report(id, at.GetLocation(), arguments);

    /// <summary>Reports a diagnostic at a location, once.</summary>
    public void Report(string id, Location location, params string[] arguments)
    {
        SourcePosition position = PositionTable.Of(location);
        if (_reported.Add((id, position))) _diagnostics.Add(new FrontendDiagnostic(id, position, [.. arguments]));
    }

    /// <summary>Notes that a place cannot be lowered because of an error that the C# compiler reports.</summary>
    public void FailSilently(SyntaxNode at) => Silent ??= at;

    /// <summary>The operation tree of a node.</summary>
    public IOperation? Operation(SyntaxNode node) => Model(node.SyntaxTree).GetOperation(node, Cancellation);

    /// <summary>How a deconstruction that is no tuple's takes its value apart.</summary>
    public DeconstructionInfo Deconstruction(AssignmentExpressionSyntax syntax) => Model(syntax.SyntaxTree).GetDeconstructionInfo(syntax);

    /// <summary>The semantic model of a tree.</summary>
    public SemanticModel Model(SyntaxTree tree)
    {
        if (!_models.TryGetValue(tree, out SemanticModel? model)) _models.Add(tree, model = Compilation.GetSemanticModel(tree));
        return model;
    }

    private bool HasErrors(SyntaxNode place) => ErrorAround(place) is not null;

    /// <summary>The C# compiler's error that explains why a place cannot be lowered, null if it has none.</summary>
    private Diagnostic? ErrorAround(SyntaxNode place)
    {
        SyntaxNode scope = place.FirstAncestorOrSelf<MemberDeclarationSyntax>() ?? place;
        return Compilation.GetSemanticModel(place.SyntaxTree).GetDiagnostics(scope.Span, Cancellation).FirstOrDefault(CSharpErrors.Lasts)
            ?? Compilation.GetParseDiagnostics(Cancellation).FirstOrDefault(CSharpErrors.Lasts)
            ?? Compilation.GetDeclarationDiagnostics(Cancellation).FirstOrDefault(CSharpErrors.Lasts);
    }
}
