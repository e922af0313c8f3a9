using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Collection expressions for spans and inline arrays. The elements of <c>..</c> are copied; how many there are must be known, since the stack's size is.</summary>
internal sealed partial class FunctionLowering
{
    private void LowerCollection(ICollectionExpressionOperation collection, Place place)
    {
        bool isArray = place.Layout.ElementCount > 0;
        if (!place.Layout.IsSpan && !isArray) throw Unsupported(collection, $"A collection expression of type '{place.Layout.Type.ToDisplayString()}'");
        TypeLayout element = place.Layout.Element!;
        int count = collection.Elements.Sum(LengthOfElement);
        if (isArray && count > place.Layout.ElementCount) throw Silent(collection);
        if ((long)count * element.Size > MaximumStack) throw Fail(Ids.StackallocSize, collection);
        Slot slot = _plan.Function.AddSlot(Math.Max(count * element.Size, 1), Math.Min(element.Alignment, 8), "");
        if (element.HasPadding) _b.Zero(Address(slot), count * element.Size, element.Alignment);
        int index = 0;
        foreach (IOperation item in collection.Elements)
        {
            Place target = new(Address(slot), index * element.Size, element);
            if (item is ISpreadOperation spread) LowerSpread(spread, target, LengthOfElement(item));
            else LowerConverted(item, target);
            index += LengthOfElement(item);
        }
        if (isArray) _b.Copy(AddressOf(place), Address(slot), count * element.Size, element.Alignment);
        else WriteSpan(place, Address(slot), _b.Const32(count));
    }

    private int LengthOfElement(IOperation element) =>
        element is not ISpreadOperation spread ? 1
        : KnownLength(spread.Operand, 0) ?? throw Unsupported(spread, "'..' of something whose length is not known when it is compiled, in place of which stackalloc and CopyTo can be used,");

    /// <summary>How many elements an operation has, where that is the same in every run; null where it is not.</summary>
    private int? KnownLength(IOperation operation, int depth)
    {
        if (depth > 8) return null;
        switch (operation)
        {
            case IConversionOperation conversion: return KnownLength(conversion.Operand, depth + 1);
            case IParenthesizedOperation parenthesized: return KnownLength(parenthesized.Operand, depth + 1);
            case IUtf8StringOperation literal: return System.Text.Encoding.UTF8.GetByteCount(literal.Value);
            case ICollectionExpressionOperation collection:
                int sum = 0;
                foreach (IOperation element in collection.Elements)
                {
                    if ((element is ISpreadOperation spread ? KnownLength(spread.Operand, depth + 1) : 1) is not { } count) return null;
                    sum += count;
                }
                return sum;
            case { Kind: OperationKind.None } when operation.Syntax is StackAllocArrayCreationExpressionSyntax or ImplicitStackAllocArrayCreationExpressionSyntax:
                return operation.ChildOperations.FirstOrDefault()?.ConstantValue.Value as int?;
            case ILocalReferenceOperation { Local: { RefKind: RefKind.None, IsForEach: false } local } when local.Type is INamedTypeSymbol { IsRefLikeType: true }:
                return KnownLength(local, depth);
        }
        return operation.Type is not null && LayoutOf(operation) is { ElementCount: > 0 } array ? array.ElementCount : null;
    }

    /// <summary>A span that has one value for its whole life.</summary>
    private int? KnownLength(ILocalSymbol local, int depth)
    {
        if (local.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_module.Cancellation) is not VariableDeclaratorSyntax { Initializer: { } initializer } syntax) return null;
        SyntaxNode? body = syntax.FirstAncestorOrSelf<MemberDeclarationSyntax>();
        if (body is null) return null;
        foreach (IdentifierNameSyntax name in body.DescendantNodes().OfType<IdentifierNameSyntax>())
        {
            if (name.Identifier.ValueText != local.Name) continue;
            bool mayChange = name.Parent is AssignmentExpressionSyntax assignment && assignment.Left == name
                || name.Parent is ArgumentSyntax { RefKindKeyword.RawKind: not 0 } or RefExpressionSyntax or ArgumentSyntax { Parent: TupleExpressionSyntax };
            if (mayChange) return null;
        }
        return _module.Operation(initializer) is ISymbolInitializerOperation { Value: { } value } ? KnownLength(value, depth + 1) : null;
    }

    private void LowerSpread(ISpreadOperation spread, Place target, int count)
    {
        IOperation operand = spread.Operand;
        Place source = LowerPlace(operand);
        TypeLayout from = source.Layout.Element ?? throw Silent(spread);
        Value pointer = source.Layout.IsSpan ? Load(source.Part("_reference")) : AddressOf(source);
        if (!SymbolEqualityComparer.Default.Equals(from.Type, target.Layout.Type) && (from.Kind != LayoutKind.Integer || target.Layout.Kind != LayoutKind.Integer))
        {
            throw Unsupported(spread, "'..' of elements of another type");
        }
        for (int i = 0; i < count; i++)
        {
            Value value = Load(new Place(pointer, i * from.Size, from));
            Place item = target with { Offset = target.Offset + i * target.Layout.Size };
            Store(item, from.Kind == LayoutKind.Integer ? Convert(value, from, target.Layout, false) : value);
        }
    }
}
