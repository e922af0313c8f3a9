using System.Text;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary><c>Bpf.Print</c>: an interpolated string becomes a format and arguments.</summary>
internal sealed partial class FunctionLowering
{
    private const int MaximumPrintArguments = 12, MaximumTracePrintArguments = 3;

    private Value? Print(IntrinsicCall call)
    {
        if (call.Operands[0] is not IInterpolatedStringHandlerCreationOperation { Content: { } content }) throw Fail(Ids.PrintFormat, call.Operands[0], "This");
        StringBuilder format = new();
        List<(Value Value, TypeLayout Layout)> arguments = [];
        foreach (IInterpolatedStringContentOperation part in Parts(content))
        {
            switch (part)
            {
                case IInterpolatedStringAppendOperation { AppendCall: IInvocationOperation { Arguments: var append } } appended:
                    if (appended.Kind == OperationKind.InterpolatedStringAppendLiteral) format.Append((append[0].Value.ConstantValue.Value as string ?? "").Replace("%", "%%"));
                    else AppendValue(append, format, arguments);
                    break;
                case IInterpolatedStringTextOperation text:
                    format.Append((text.Text.ConstantValue.Value as string ?? "").Replace("%", "%%"));
                    break;
                default:
                    throw Silent(part);
            }
        }
        if (arguments.Count > MaximumPrintArguments) throw Fail(Ids.PrintFormat, content, $"More than {MaximumPrintArguments} values");
        format.Append('\0');
        byte[] bytes = Encoding.UTF8.GetBytes(format.ToString());
        Value[] wide = [.. arguments.Select(a => ToWidth64(a.Value, a.Layout))];
        _b.DebugId = _module.Positions.Id(call.Operation.Syntax);
        Value text2 = _b.GlobalAddress(_module.ConstantData(bytes)), size = _b.Const64(bytes.Length);
        if (wide.Length <= MaximumTracePrintArguments)
        {
            _b.CallHelper(Helpers.TracePrint, IrType.I64, [text2, size, .. wide]);
            return null;
        }
        Slot values = _plan.Function.AddSlot(wide.Length * 8, 8, "");
        for (int i = 0; i < wide.Length; i++) _b.Store(Access.U64, Address(values), wide[i], i * 8);
        _b.CallHelper(Helpers.TraceVPrint, IrType.I64, text2, size, Address(values), _b.Const64(wide.Length * 8));
        return null;
    }

    private static IEnumerable<IInterpolatedStringContentOperation> Parts(IOperation content) => content switch
    {
        IInterpolatedStringOperation text => text.Parts,
        IInterpolatedStringAdditionOperation sum => Parts(sum.Left).Concat(Parts(sum.Right)),
        _ => [],
    };

    private void AppendValue(System.Collections.Immutable.ImmutableArray<IArgumentOperation> append, StringBuilder format, List<(Value Value, TypeLayout Layout)> arguments)
    {
        IOperation value = append[0].Value;
        TypeLayout layout = LayoutOf(value);
        string? specifier = null;
        foreach (IArgumentOperation argument in append.Skip(1))
        {
            if (argument.ArgumentKind == ArgumentKind.DefaultValue) continue;
            if (argument.Value.ConstantValue is not { HasValue: true, Value: string text }) throw Fail(Ids.PrintFormat, value, $"'{Excerpt(value)}' with this alignment or format");
            specifier = text;
        }
        if (layout.Kind != LayoutKind.Integer || specifier is not (null or "" or "x" or "X" or "d" or "D"))
        {
            throw Fail(Ids.PrintFormat, value, $"'{Excerpt(value)}'" + (specifier is null ? "" : $" with the format '{specifier}'"));
        }
        string length = layout.Is64 ? "ll" : "";
        bool isHexadecimal = specifier is "x" or "X";
        format.Append('%').Append(layout.Type.SpecialType == SpecialType.System_Char ? "c" : length + (isHexadecimal ? specifier : layout.IsSigned ? "d" : "u"));
        Value number = LowerValue(value);
        if (isHexadecimal && layout.Size < 4 && layout.IsSigned) number = _b.Binary(Op.And, number, _b.Const32(layout.Size == 1 ? 0xFF : 0xFFFF));
        arguments.Add((number, layout));
    }
}
