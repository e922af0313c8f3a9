using System.Text;

namespace BpfSharp.Compiler.IR;

/// <summary>Writes the tokens of IR text, independent of culture.</summary>
internal sealed class IrWriter
{
    private readonly StringBuilder _text = new();

    /// <summary>Writes text as it is.</summary>
    internal IrWriter Raw(string text)
    {
        _text.Append(text);
        return this;
    }

    /// <summary>Writes one character as it is.</summary>
    internal IrWriter Raw(char c)
    {
        _text.Append(c);
        return this;
    }

    /// <summary>Writes a decimal number.</summary>
    internal IrWriter Number(long number)
    {
        if (number < 0)
        {
            _text.Append('-');
            return Number((ulong)-number);
        }
        return Number((ulong)number);
    }

    /// <summary>Writes an unsigned decimal number.</summary>
    internal IrWriter Number(ulong number)
    {
        if (number < 10)
        {
            _text.Append((char)('0' + number));
            return this;
        }
        Span<char> digits = stackalloc char[20];
        int count = 0;
        for (; number != 0; number /= 10) digits[count++] = (char)('0' + (number % 10));
        while (count > 0) _text.Append(digits[--count]);
        return this;
    }

    /// <summary>Writes <paramref name="before"/> and a number.</summary>
    internal IrWriter Number(string before, long number) => Raw(before).Number(number);

    /// <summary>Writes a quoted string.</summary>
    internal IrWriter Quoted(string text)
    {
        _text.Append('"');
        foreach (char c in text)
        {
            if (c is '"' or '\\') _text.Append('\\').Append(c);
            else if (c < ' ' || char.IsSurrogate(c)) _text.Append("\\u").Append(((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture));
            else _text.Append(c);
        }
        _text.Append('"');
        return this;
    }

    /// <summary>Writes a symbol, quoted where it is not a plain word.</summary>
    internal IrWriter Symbol(string symbol)
    {
        _text.Append('@');
        return IrText.IsPlainSymbol(symbol) ? Raw(symbol) : Quoted(symbol);
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
