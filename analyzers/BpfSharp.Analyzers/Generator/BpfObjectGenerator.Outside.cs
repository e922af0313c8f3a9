using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Analyzers.Frontend;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace BpfSharp.Analyzers.Generator;

/// <summary>Maps and programs of classes that are no objects: nothing would be made of them, so it is said.</summary>
public sealed partial class BpfObjectGenerator
{
    private static void RegisterOutside(IncrementalGeneratorInitializationContext context)
    {
        foreach (string attribute in new[] { KernelNames.MapAttribute, KernelNames.ProgramAttribute })
        {
            IncrementalValuesProvider<FrontendDiagnostic> outside = context.SyntaxProvider
                .ForAttributeWithMetadataName(attribute, static (node, _) => node is MemberDeclarationSyntax, (found, _) => FindOutside(found, attribute))
                .Where(static diagnostic => diagnostic is not null)!;
            context.RegisterSourceOutput(outside, static (production, diagnostic) =>
                Report(production, diagnostic.Id, diagnostic.Position, diagnostic.Arguments));
        }
    }

    private static FrontendDiagnostic? FindOutside(GeneratorAttributeSyntaxContext found, string attribute)
    {
        INamedTypeSymbol type = found.TargetSymbol.ContainingType;
        if (type is null || type.FindAttribute(KernelNames.ObjectAttribute) is not null) return null;
        string name = attribute.Substring(attribute.LastIndexOf('.') + 1).Replace("Attribute", "");
        ImmutableArray<string> arguments = [found.TargetSymbol.Name, name, type.Name];
        return new FrontendDiagnostic(BpfDiagnostics.OutsideObject.Id, Positions.Of(found.TargetSymbol.Locations[0]), arguments);
    }
}
