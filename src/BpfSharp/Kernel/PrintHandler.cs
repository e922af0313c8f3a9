using System.ComponentModel;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace BpfSharp.Kernel;

/// <summary>
/// Collects the parts of an interpolated string for <see cref="Bpf.Print(ref PrintHandler)"/>. In the kernel the string becomes a format
/// and its arguments; in .NET it is formatted at once.
/// </summary>
[InterpolatedStringHandler]
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly ref struct PrintHandler
{
    private readonly StringBuilder _text;

    /// <summary>Begins a string.</summary>
    public PrintHandler(int literalLength, int formattedCount) => _text = new StringBuilder(literalLength + (formattedCount * 8));

    /// <summary>Adds literal text.</summary>
    public void AppendLiteral(string value) => _text.Append(value);

    /// <summary>Adds a value: integers in decimal, or in hexadecimal with the format <c>x</c>.</summary>
    public void AppendFormatted<T>(T value, string? format = null)
        where T : unmanaged =>
        _text.Append(value is IFormattable formattable ? formattable.ToString(format, CultureInfo.InvariantCulture) : value.ToString());

    internal string Text => _text.ToString();
}
