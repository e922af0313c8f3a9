using System.Text;

namespace BpfSharp.Compiler.IR;

/// <summary>Reads the tokens of IR text, line by line.</summary>
internal sealed class IrLexer(string text)
{
    private int _position;

    /// <summary>The text.</summary>
    internal string Text { get; } = text;

    /// <summary>The place of the next character.</summary>
    internal int Position
    {
        get => _position;
        set => _position = value;
    }

    /// <summary>Whether all text is read; empty lines and comments are passed over.</summary>
    internal bool AtEnd
    {
        get
        {
            while (_position < Text.Length && AtEndOfLine && _position < Text.Length) NextLine();
            return _position >= Text.Length;
        }
    }

    /// <summary>Whether nothing is left in the line but a comment (<c>;</c>).</summary>
    internal bool AtEndOfLine
    {
        get
        {
            SkipBlanks();
            return _position >= Text.Length || Text[_position] is '\n' or ';';
        }
    }

    /// <summary>The next character, '\0' at the end.</summary>
    internal char Peek
    {
        get
        {
            SkipBlanks();
            return _position < Text.Length ? Text[_position] : '\0';
        }
    }

    /// <summary>Goes to the start of the next line.</summary>
    internal void NextLine()
    {
        if (!AtEndOfLine) throw Error("text after the end of the statement");
        while (_position < Text.Length && Text[_position] != '\n') _position++;
        if (_position < Text.Length) _position++;
    }

    /// <summary>Takes a character if it is the next.</summary>
    internal bool Take(char c)
    {
        if (Peek != c) return false;
        _position++;
        return true;
    }

    /// <summary>Takes a character that must be the next.</summary>
    internal void Expect(char c)
    {
        if (!Take(c)) throw Error($"'{c}' expected");
    }

    /// <summary>Takes a word if it is the next.</summary>
    internal bool TakeWord(string word)
    {
        SkipBlanks();
        if (string.CompareOrdinal(Text, _position, word, 0, word.Length) != 0) return false;
        int end = _position + word.Length;
        if (end < Text.Length && IrText.IsWordCharacter(Text[end])) return false;
        _position = end;
        return true;
    }

    /// <summary>Takes a word.</summary>
    internal string Word()
    {
        SkipBlanks();
        int start = _position;
        while (_position < Text.Length && IrText.IsWordCharacter(Text[_position])) _position++;
        return _position > start ? Text.Substring(start, _position - start) : throw Error("a word expected");
    }

    /// <summary>Takes a signed 64-bit number.</summary>
    internal long Number()
    {
        bool negative = Take('-');
        ulong digits = Unsigned();
        return negative ? -(long)digits : (long)digits;
    }

    /// <summary>Takes an unsigned 64-bit number.</summary>
    internal ulong Unsigned()
    {
        SkipBlanks();
        int start = _position;
        ulong number = 0;
        for (; _position < Text.Length && Text[_position] is >= '0' and <= '9'; _position++) number = (number * 10) + (ulong)(Text[_position] - '0');
        return _position > start ? number : throw Error("a number expected");
    }

    /// <summary>Takes a 32-bit number.</summary>
    internal int Integer() => (int)Number();

    /// <summary>Takes a quoted string.</summary>
    internal string Quoted()
    {
        Expect('"');
        int end = _position;
        while (end < Text.Length && Text[end] is not ('"' or '\\' or '\n')) end++;
        if (end < Text.Length && Text[end] == '"')
        {
            string plain = Text.Substring(_position, end - _position);
            _position = end + 1;
            return plain;
        }
        StringBuilder result = new();
        while (_position < Text.Length && Text[_position] is not ('"' or '\n'))
        {
            char c = Text[_position++];
            if (c == '\\' && _position < Text.Length) c = Escaped();
            result.Append(c);
        }
        if (_position >= Text.Length || Text[_position] != '"') throw Error("a string without end");
        _position++;
        return result.ToString();
    }

    /// <summary>Takes a symbol: <c>@</c> and a word or a string.</summary>
    internal string Symbol()
    {
        Expect('@');
        return Peek == '"' ? Quoted() : Word();
    }

    /// <summary>An exception that names the line.</summary>
    internal FormatException Error(string what)
    {
        int line = 1;
        for (int i = 0; i < _position && i < Text.Length; i++)
        {
            if (Text[i] == '\n') line++;
        }
        return new FormatException($"IR text, line {line}: {what}.");
    }

    private char Escaped()
    {
        char c = Text[_position++];
        if (c != 'u') return c;
        if (_position + 4 > Text.Length) throw Error("four hexadecimal digits expected");
        int code = 0;
        for (int i = 0; i < 4; i++)
        {
            int digit = HexDigit(Text[_position++]);
            if (digit < 0) throw Error("four hexadecimal digits expected");
            code = (code << 4) | digit;
        }
        return (char)code;
    }

    /// <summary>The value of a hexadecimal digit, -1 if it is none.</summary>
    internal static int HexDigit(char c) => c switch
    {
        >= '0' and <= '9' => c - '0',
        >= 'a' and <= 'f' => c - 'a' + 10,
        >= 'A' and <= 'F' => c - 'A' + 10,
        _ => -1,
    };

    private void SkipBlanks()
    {
        while (_position < Text.Length && Text[_position] is ' ' or ',' or '\r' or '\t') _position++;
    }
}
