using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Analyzers.Frontend;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace BpfSharp.Analyzers.Generator;

/// <summary>
/// Reads the declarations of one <c>[BpfObject]</c> class. Something wrong with a member is reported and leaves the others as they are, so that
/// one mistake does not take the wrappers of the rest away.
/// </summary>
internal sealed partial class ObjectGatherer
{
    /// <summary>What the generator adds to the class.</summary>
    private static readonly string[] s_generatedMembers =
    [
        "Open", "Load", "AttachAll", "Maps", "Programs", "Globals", "Object", "Image", "Dispose",
        "OpenedObject", "ConstantValues", "InitialValues", "MapSettings", "ProgramSettings", "LoadedMaps", "LoadedPrograms", "LoadedGlobals",
        "ManagedMaps", "ImageSize", "ImageWords", LeftOutObjectAnalyzer.Cause,
    ];

    private static readonly SymbolDisplayFormat s_typeFormat = SymbolDisplayFormat.FullyQualifiedFormat
        .WithMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers
            | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    private readonly INamedTypeSymbol _class;
    private readonly CancellationToken _cancellation;
    private readonly ImmutableArray<FrontendDiagnostic>.Builder _diagnostics = ImmutableArray.CreateBuilder<FrontendDiagnostic>();

    private ObjectGatherer(INamedTypeSymbol objectClass, CancellationToken cancellation)
    {
        _class = objectClass;
        _cancellation = cancellation;
    }

    /// <summary>Reads a class's declarations; the model is null if no wrappers can be written into it.</summary>
    public static (ObjectModel? Model, ImmutableArray<FrontendDiagnostic> Diagnostics) Gather(INamedTypeSymbol objectClass, CancellationToken cancellation)
    {
        var gatherer = new ObjectGatherer(objectClass, cancellation);
        return (gatherer.Gather(), gatherer._diagnostics.ToImmutable());
    }

    private ObjectModel? Gather()
    {
        if (!CheckClass()) return null;
        CheckMinimumKernel();
        ImmutableArray<MapModel> maps = GatherMaps();
        ImmutableArray<ProgramModel> programs = GatherPrograms();
        ImmutableArray<GlobalModel> globals = GatherGlobals();
        string space = _class.ContainingNamespace.IsGlobalNamespace ? "" : _class.ContainingNamespace.ToDisplayString();
        return new ObjectModel(space, Containers(), _class.Name, maps, programs, globals);
    }

    private void CheckMinimumKernel()
    {
        string? minimum = _class.FindAttribute(KernelNames.ObjectAttribute)?.NamedString("MinimumKernel");
        if (minimum is { Length: > 0 } && KernelVersionText.Parse(minimum) is null)
            Report(BpfDiagnostics.InvalidMinimumKernel, _class, "The MinimumKernel of '" + _class.Name + "'", minimum);
    }

    private bool CheckClass()
    {
        bool sound = true;
        for (INamedTypeSymbol? type = _class; type is not null; type = type.ContainingType)
        {
            if (IsPartial(type)) continue;
            Report(BpfDiagnostics.NotPartial, type, type.Name, _class.Name);
            sound = false;
        }

        string? what = Unsupported();
        if (what is not null)
        {
            Report(BpfDiagnostics.UnsupportedClass, _class, _class.Name, what);
            sound = false;
        }

        foreach (ISymbol member in _class.GetMembers())
        {
            // A program may be called Load, because it has another signature.
            bool overloads = member is IMethodSymbol { Parameters.Length: 1 };
            if (member.IsImplicitlyDeclared || overloads || !s_generatedMembers.Contains(member.Name)) continue;
            Report(BpfDiagnostics.ReservedName, member, member.Name, _class.Name);
            sound = false;
        }

        return sound;
    }

    private string? Unsupported()
    {
        for (INamedTypeSymbol? type = _class; type is not null; type = type.ContainingType)
            if (type.IsGenericType) return "generic";
        if (_class.IsStatic) return "static";
        if (_class.IsAbstract) return "abstract";
        if (_class.IsRecord) return "a record";
        return _class.BaseType is { SpecialType: not SpecialType.System_Object } ? "derived from " + _class.BaseType.Name : null;
    }

    private ImmutableArray<string> Containers()
    {
        var containers = ImmutableArray.CreateBuilder<string>();
        for (INamedTypeSymbol? type = _class.ContainingType; type is not null; type = type.ContainingType)
        {
            string keyword = type switch
            {
                { IsRecord: true, IsValueType: true } => "record struct",
                { IsRecord: true } => "record",
                { TypeKind: TypeKind.Interface } => "interface",
                { IsValueType: true } => "struct",
                _ => "class",
            };
            containers.Insert(0, keyword + " " + Identifier(type.Name));
        }

        return containers.ToImmutable();
    }

    private static bool IsPartial(INamedTypeSymbol type) =>
        type.DeclaringSyntaxReferences.All(r => r.GetSyntax() is TypeDeclarationSyntax declaration && declaration.Modifiers.Any(SyntaxKind.PartialKeyword));

    /// <summary>A name as C# writes it: with <c>@</c> if it is a keyword.</summary>
    internal static string Identifier(string name) => SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None ? name : "@" + name;

    /// <summary>How far a type can be seen: public, internal, or not outside the class.</summary>
    private static Accessibility Visibility(ITypeSymbol type)
    {
        if (type is IArrayTypeSymbol array) return Visibility(array.ElementType);
        Accessibility result = Accessibility.Public;
        for (ITypeSymbol? current = type; current is not null; current = current.ContainingType)
        {
            if (current.DeclaredAccessibility is Accessibility.Private or Accessibility.Protected or Accessibility.ProtectedAndInternal) return Accessibility.Private;
            if (current.DeclaredAccessibility is Accessibility.Internal or Accessibility.ProtectedOrInternal) result = Accessibility.Internal;
            if (current is not INamedTypeSymbol named) continue;
            foreach (ITypeSymbol argument in named.TypeArguments)
            {
                Accessibility inner = Visibility(argument);
                if (inner == Accessibility.Private) return inner;
                if (inner == Accessibility.Internal) result = inner;
            }
        }

        return result;
    }

    /// <summary>Whether a name can be a symbol's in the kernel; reports it if not.</summary>
    private bool CheckName(ISymbol symbol, string name)
    {
        bool valid = name.Length > 0 && !char.IsDigit(name[0]) && name.All(c => c is '_' or (>= '0' and <= '9') or (>= 'A' and <= 'Z') or (>= 'a' and <= 'z'));
        if (!valid) Report(BpfDiagnostics.InvalidName, symbol, name);
        return valid;
    }

    private void Report(DiagnosticDescriptor descriptor, ISymbol at, params string[] arguments)
    {
        SyntaxNode? syntax = at.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellation);
        Location location = syntax switch
        {
            TypeDeclarationSyntax type => type.Identifier.GetLocation(),
            PropertyDeclarationSyntax property => property.Identifier.GetLocation(),
            MethodDeclarationSyntax method => method.Identifier.GetLocation(),
            VariableDeclaratorSyntax variable => variable.Identifier.GetLocation(),
            _ => at.Locations.FirstOrDefault() ?? Location.None,
        };
        _diagnostics.Add(new FrontendDiagnostic(descriptor.Id, Positions.Of(location), [.. arguments]));
    }
}
