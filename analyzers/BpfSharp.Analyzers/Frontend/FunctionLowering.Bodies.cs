using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Bodies of methods, accessors, constructors and local functions.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary>Lowers the body of the current frame's method.</summary>
    private void LowerMethodBody()
    {
        IMethodSymbol method = _frame.Method.OriginalDefinition;
        method = Implementation(method);
        SyntaxNode? syntax = method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_module.Cancellation);
        if (syntax is null) throw new InvalidOperationException($"{method} has no source.");
        if (syntax is TypeDeclarationSyntax type)
        {
            LowerPrimaryConstructor(type);
            return;
        }
        LowerBodyOperation(_module.Operation(syntax), syntax);
    }

    /// <summary>The part of a partial method or accessor that has the body.</summary>
    internal static IMethodSymbol Implementation(IMethodSymbol method) =>
        method.PartialImplementationPart
        ?? (method.AssociatedSymbol is IPropertySymbol { PartialImplementationPart: { } property } ? method.MethodKind == MethodKind.PropertyGet ? property.GetMethod : property.SetMethod : null)
        ?? method;

    private void LowerBodyOperation(IOperation? operation, SyntaxNode syntax)
    {
        switch (operation)
        {
            case IMethodBodyOperation body:
                LowerOptional(body.BlockBody ?? body.ExpressionBody, syntax);
                break;
            case IConstructorBodyOperation constructor:
                if (constructor.Initializer is null || !ChainsToThis(constructor)) LowerFieldInitializers();
                if (constructor.Initializer is not null && ChainsToThis(constructor)) LowerStatement(constructor.Initializer);
                LowerOptional(constructor.BlockBody ?? constructor.ExpressionBody, syntax);
                break;
            case ILocalFunctionOperation local:
                LowerOptional(local.Body, syntax);
                break;
            case IDelegateCreationOperation { Target: IAnonymousFunctionOperation target }:
                LowerOptional(target.Body, syntax);
                break;
            case IAnonymousFunctionOperation lambda:
                LowerOptional(lambda.Body, syntax);
                break;
            case IBlockOperation block:
                LowerStatement(block);
                break;
            default:
                _module.FailSilently(syntax);
                throw new LoweringException();
        }
    }

    private void LowerOptional(IOperation? body, SyntaxNode syntax)
    {
        if (body is null)
        {
            _module.FailSilently(syntax);
            throw new LoweringException();
        }
        LowerStatement(body);
    }

    private static bool ChainsToThis(IConstructorBodyOperation constructor) =>
        constructor.Syntax is ConstructorDeclarationSyntax { Initializer.RawKind: (int)SyntaxKind.ThisConstructorInitializer };

    /// <summary>Runs the initialisers of the struct's fields and auto-properties, in source order.</summary>
    private void LowerFieldInitializers()
    {
        foreach (ISymbol member in _frame.Method.ContainingType.OriginalDefinition.GetMembers())
        {
            if (member.IsStatic || member is not (IFieldSymbol { IsImplicitlyDeclared: false } or IPropertySymbol)) continue;
            EqualsValueClauseSyntax? initializer = member.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_module.Cancellation) switch
            {
                VariableDeclaratorSyntax field => field.Initializer,
                PropertyDeclarationSyntax property => property.Initializer,
                _ => null,
            };
            if (initializer is null) continue;
            IFieldSymbol? target = member as IFieldSymbol ?? BackingField((IPropertySymbol)member);
            if (_module.Operation(initializer) is not ISymbolInitializerOperation { Value: { } value } || target is null)
            {
                _module.FailSilently(initializer);
                throw new LoweringException();
            }
            if (target.RefKind == RefKind.None) LowerInto(value, FieldPlace(ThisPlace(value), target, value));
            else AssignReference(ThisPlace(value), target, value, value);
        }
    }

    private void LowerPrimaryConstructor(TypeDeclarationSyntax syntax)
    {
        INamedTypeSymbol type = _frame.Method.ContainingType;
        TypeLayout layout = _frame.Signature.This!;
        Place self = new(_b.Load(IrType.Pointer(), Access.U64, Address(_frame.This!)), 0, layout);
        _b.DebugId = _module.Positions.Id(syntax);
        foreach (SignatureParameter parameter in _frame.Signature.Parameters)
        {
            // A parameter that members use is kept in a field; a record's is the initial value of its property.
            string captured = "<" + parameter.Symbol.Name + ">P", property = "<" + parameter.Symbol.Name + ">k__BackingField";
            foreach (FieldLayout field in layout.Fields)
            {
                bool isPositional = type.IsRecord && field.Name == property && field.Symbol?.AssociatedSymbol is IPropertySymbol p
                    && p.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_module.Cancellation) is ParameterSyntax;
                if (field.Name == captured || isPositional) Store(self.Part(field), Load(PlaceOf(_frame.Variables[parameter.Symbol])));
            }
        }
        LowerFieldInitializers();
    }

    private static IFieldSymbol? BackingField(IPropertySymbol property) =>
        property.ContainingType.GetMembers().OfType<IFieldSymbol>()
            .FirstOrDefault(f => SymbolEqualityComparer.Default.Equals(f.AssociatedSymbol, property));

    /// <summary>The field behind an accessor without body, null if it has one.</summary>
    private IFieldSymbol? AutoField(IPropertySymbol property, IMethodSymbol? accessor)
    {
        if (accessor is null || property.IsStatic || property.IsIndexer) return null;
        SyntaxNode? syntax = Implementation(accessor).DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_module.Cancellation);
        bool hasBody = syntax is AccessorDeclarationSyntax { Body: not null } or AccessorDeclarationSyntax { ExpressionBody: not null } or ArrowExpressionClauseSyntax;
        return hasBody ? null : BackingField(property);
    }
}
