using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Patterns.</summary>
internal sealed partial class FunctionLowering
{
    private void LowerIsPattern(IIsPatternOperation operation, Block whenTrue, Block whenFalse) =>
        LowerPattern(operation.Pattern, PatternInput(operation.Value), whenTrue, whenFalse);

    /// <summary>What patterns are matched against, evaluated once.</summary>
    private Place PatternInput(IOperation value)
    {
        while (value is IConversionOperation { OperatorMethod: null } conversion && conversion.Conversion.IsIdentity) value = conversion.Operand;
        TypeLayout layout = LayoutOf(value);
        if (layout.Kind == LayoutKind.Struct && HasPlace(value)) return LowerPlace(value);
        Place input = NewTemporary(layout);
        LowerInto(value, input);
        return input;
    }

    /// <summary>Goes to one of two blocks by whether a pattern matches. It ends the current block.</summary>
    private void LowerPattern(IPatternOperation pattern, Place input, Block whenTrue, Block whenFalse)
    {
        _b.DebugId = _module.Positions.Id(pattern.Syntax);
        switch (pattern)
        {
            case IDiscardPatternOperation:
                _b.Jump(whenTrue);
                break;
            case IConstantPatternOperation constant:
                LowerConstantPattern(constant, input, whenTrue, whenFalse);
                break;
            case IRelationalPatternOperation relational:
                LowerRelationalPattern(relational, input, whenTrue, whenFalse);
                break;
            case INegatedPatternOperation negated:
                LowerPattern(negated.Pattern, input, whenFalse, whenTrue);
                break;
            case IBinaryPatternOperation binary:
                Block next = _b.NewBlock();
                if (binary.OperatorKind == BinaryOperatorKind.And) LowerPattern(binary.LeftPattern, input, next, whenFalse);
                else LowerPattern(binary.LeftPattern, input, whenTrue, next);
                _b.Continue(next);
                LowerPattern(binary.RightPattern, NarrowedInput(binary, input), whenTrue, whenFalse);
                break;
            case ITypePatternOperation type:
                if (MatchType(type.MatchedType, input, pattern, whenFalse) is not null) _b.Jump(whenTrue);
                break;
            case IDeclarationPatternOperation declaration:
                LowerDeclarationPattern(declaration, input, whenTrue, whenFalse);
                break;
            case IRecursivePatternOperation recursive:
                LowerRecursivePattern(recursive, input, whenTrue, whenFalse);
                break;
            case IListPatternOperation list:
                LowerListPattern(list, input, whenTrue, whenFalse);
                break;
            case IInvalidOperation:
                throw Silent(pattern);
            default:
                throw Unsupported(pattern, "This pattern");
        }
    }

    /// <summary>In <c>int and > 3</c> over a nullable value the right side sees the value.</summary>
    private Place NarrowedInput(IBinaryPatternOperation binary, Place input) =>
        binary.OperatorKind == BinaryOperatorKind.And && input.Layout.IsNullable
        && SymbolEqualityComparer.Default.Equals(_frame.Substitution.Apply(binary.RightPattern.InputType, _module.Compilation), input.Layout.Element!.Type)
            ? input.Part("value")
            : input;

    /// <summary>The input as a type, or null after a jump to <paramref name="whenFalse"/> if it never is one. A nullable value is asked for its value.</summary>
    private Place? MatchType(ITypeSymbol? type, Place input, IOperation at, Block whenFalse)
    {
        if (type is null) return NotNull(input, whenFalse);
        type = _frame.Substitution.Apply(type, _module.Compilation);
        if (SymbolEqualityComparer.Default.Equals(type, input.Layout.Type)) return input;
        if (input.Layout.IsNullable && IsType(input.Layout.Element!.Type, type, at)) return NotNull(input, whenFalse);
        if (IsType(input.Layout.Type, type, at)) return input;
        _b.Jump(whenFalse);
        return null;
    }

    private Place NotNull(Place input, Block whenFalse)
    {
        if (!input.Layout.IsNullable) return input;
        Block some = _b.NewBlock();
        _b.Branch(Load(input.Part("hasValue")), some, whenFalse);
        _b.Continue(some);
        return input.Part("value");
    }

    private void LowerConstantPattern(IConstantPatternOperation pattern, Place input, Block whenTrue, Block whenFalse)
    {
        if (IsNullLiteral(pattern.Value))
        {
            if (!input.Layout.IsNullable) throw Silent(pattern);
            _b.Branch(Load(input.Part("hasValue")), whenFalse, whenTrue);
            return;
        }
        if (input.Layout.IsSpan || pattern.Value.Type?.SpecialType == SpecialType.System_String) throw Fail(Ids.StringUse, pattern.Value);
        input = NotNull(input, whenFalse);
        if (input.Layout.Kind != LayoutKind.Integer || LayoutOf(pattern.Value).Kind != LayoutKind.Integer) throw UnsupportedValue(pattern);
        Value value = Load(input);
        _b.Branch(_b.Compare(Op.Eq, value, ConstantFor(pattern.Value, input.Layout)), whenTrue, whenFalse);
    }

    private Value ConstantFor(IOperation operation, TypeLayout layout) =>
        operation.ConstantValue.HasValue && SymbolExtensions.TryGetBits(operation.ConstantValue.Value, out long bits) ? _b.Constant(layout.IrType, bits) : throw Silent(operation);

    private void LowerRelationalPattern(IRelationalPatternOperation pattern, Place input, Block whenTrue, Block whenFalse)
    {
        input = NotNull(input, whenFalse);
        if (input.Layout.Kind != LayoutKind.Integer || Comparison(pattern.OperatorKind) is not { } comparison) throw UnsupportedValue(pattern);
        Value value = Load(input);
        _b.Branch(Compare(comparison, value, ConstantFor(pattern.Value, input.Layout), input.Layout), whenTrue, whenFalse);
    }

    private void LowerDeclarationPattern(IDeclarationPatternOperation pattern, Place input, Block whenTrue, Block whenFalse)
    {
        // var x matches everything, null too.
        Place? matched = pattern.MatchesNull ? input : MatchType(pattern.MatchedType, input, pattern, whenFalse);
        if (matched is not { } place) return;
        Bind(pattern.DeclaredSymbol, place, pattern);
        _b.Jump(whenTrue);
    }

    private void Bind(ISymbol? symbol, Place value, IOperation at)
    {
        if (symbol is not ILocalSymbol local) return;
        Place variable = PlaceOf(Declare(local, at));
        if (!SymbolEqualityComparer.Default.Equals(variable.Layout.Type, value.Layout.Type)) throw Unsupported(at, "This pattern");
        if (variable.Layout.HasPadding) StoreZero(variable);
        Store(variable, Load(value));
    }

    private void LowerRecursivePattern(IRecursivePatternOperation pattern, Place input, Block whenTrue, Block whenFalse)
    {
        if (MatchType(pattern.MatchedType, input, pattern, whenFalse) is not { } place) return;
        if (!pattern.DeconstructionSubpatterns.IsEmpty)
        {
            List<Place> parts = DeconstructPattern(pattern, place);
            if (parts.Count != pattern.DeconstructionSubpatterns.Length) throw Silent(pattern);
            for (int i = 0; i < parts.Count; i++)
            {
                Block next = _b.NewBlock();
                LowerPattern(pattern.DeconstructionSubpatterns[i], parts[i], next, whenFalse);
                _b.Continue(next);
            }
        }
        foreach (IPropertySubpatternOperation property in pattern.PropertySubpatterns)
        {
            Block next = _b.NewBlock();
            LowerPattern(property.Pattern, PropertyInput(property.Member, place), next, whenFalse);
            _b.Continue(next);
        }
        Bind(pattern.DeclaredSymbol, place, pattern);
        _b.Jump(whenTrue);
    }

    private List<Place> DeconstructPattern(IRecursivePatternOperation pattern, Place place)
    {
        if (place.Layout.Type.IsTupleType) return [.. place.Layout.Fields.Select(place.Part)];
        if (pattern.DeconstructSymbol is not IMethodSymbol method) throw Silent(pattern);
        return CallDeconstruct(method, place, pattern);
    }

    /// <summary>What a property subpattern looks at.</summary>
    private Place PropertyInput(IOperation member, Place input)
    {
        if (member is IInvalidOperation) throw Silent(member);
        _frame.ImplicitReceivers.Push(AddressOf(input));
        try
        {
            return PatternInput(member);
        }
        finally
        {
            _frame.ImplicitReceivers.Pop();
        }
    }

    private void LowerListPattern(IListPatternOperation pattern, Place input, Block whenTrue, Block whenFalse)
    {
        if (!input.Layout.IsSpan) throw Unsupported(pattern, $"A list pattern over '{input.Layout.Type.ToDisplayString()}'");
        (Value pointer, Value length) = ReadSpan(input);
        int slice = -1, fixedCount = 0;
        for (int i = 0; i < pattern.Patterns.Length; i++)
        {
            if (pattern.Patterns[i] is ISlicePatternOperation) slice = i;
            else fixedCount++;
        }
        Block fits = _b.NewBlock();
        Value count = _b.Const32(fixedCount);
        _b.Branch(slice < 0 ? _b.Compare(Op.Eq, length, count) : _b.Compare(Op.SLe, count, length), fits, whenFalse);
        _b.Continue(fits);
        TypeLayout element = input.Layout.Element!;
        for (int i = 0; i < pattern.Patterns.Length; i++)
        {
            Block next = _b.NewBlock();
            if (pattern.Patterns[i] is ISlicePatternOperation part)
            {
                if (part.Pattern is not { } inner) _b.Jump(next);
                else
                {
                    Place rest = NewTemporary(LayoutOf(inner.InputType, part));
                    Slice(pointer, 0, _b.Const32(i), _b.Binary(Op.Sub, length, count), element, rest);
                    LowerPattern(inner, rest, next, whenFalse);
                }
            }
            else
            {
                Value index = slice >= 0 && i > slice ? _b.Binary(Op.Sub, length, _b.Const32(pattern.Patterns.Length - i)) : _b.Const32(i);
                LowerPattern(pattern.Patterns[i], ElementUnchecked(pointer, 0, index, element), next, whenFalse);
            }
            _b.Continue(next);
        }
        Bind(pattern.DeclaredSymbol, input, pattern);
        _b.Jump(whenTrue);
    }
}
