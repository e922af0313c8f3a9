using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace BpfSharp.Analyzers.Generator;

/// <summary>
/// Suppresses warnings that do not hold for BPF objects: a readonly static field is set by user space before the load, a variable is read by
/// user space, programs are called by the kernel, and the fields of a struct that both sides share are its meaning.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BpfFieldSuppressor : DiagnosticSuppressor
{
    private const string Reason = "User space and the kernel use the members of a [BpfObject] class through the generated wrappers.";

    private const string PublicField = "CA1051";

    // Never assigned, never used, assigned and never used; make readonly, unused private member, unread private member; unused field.
    private static readonly ImmutableArray<SuppressionDescriptor> s_descriptors =
    [
        .. new[] { "CS0649", "CS0169", "CS0414", "IDE0044", "IDE0051", "IDE0052", "CA1823", "CA2211", PublicField }
            .Select(id => new SuppressionDescriptor("BPFS" + id, id, Reason)),
    ];

    /// <inheritdoc/>
    public override ImmutableArray<SuppressionDescriptor> SupportedSuppressions => s_descriptors;

    /// <inheritdoc/>
    public override void ReportSuppressions(SuppressionAnalysisContext context)
    {
        foreach (Diagnostic diagnostic in context.ReportedDiagnostics)
        {
            if (diagnostic.Location.SourceTree is not { } tree) continue;
            SyntaxNode node = tree.GetRoot(context.CancellationToken).FindNode(diagnostic.Location.SourceSpan);
            ISymbol? member = context.GetSemanticModel(tree).GetDeclaredSymbol(node, context.CancellationToken);
            if (diagnostic.Id == PublicField)
            {
                if (member is IFieldSymbol { ContainingType: { TypeKind: TypeKind.Struct } shared } && SharedTypes.Of(context.Compilation, context.CancellationToken).Contains(shared.OriginalDefinition))
                    context.ReportSuppression(Suppression.Create(s_descriptors.First(static d => d.SuppressedDiagnosticId == PublicField), diagnostic));
                continue;
            }
            if (member is not (IFieldSymbol { IsStatic: true } or IMethodSymbol { IsStatic: true } or IPropertySymbol { IsStatic: true })) continue;
            if (!BelongsToObject(member)) continue;
            context.ReportSuppression(Suppression.Create(s_descriptors.First(d => d.SuppressedDiagnosticId == diagnostic.Id), diagnostic));
        }
    }

    private static bool BelongsToObject(ISymbol member)
    {
        if (member.ContainingType?.FindAttribute(KernelNames.ObjectAttribute) is null) return false;
        return member is IFieldSymbol || member.FindAttribute(KernelNames.ProgramAttribute) is not null || member.FindAttribute(KernelNames.MapAttribute) is not null;
    }
}
