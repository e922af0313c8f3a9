namespace BpfSharp.Objects.Binary;

/// <summary>A string table being written: each string is stored once, in the order of first use; "" is at offset 0.</summary>
internal sealed class StringTable
{
    private readonly Dictionary<string, int> _offsets;
    private readonly ByteBuffer _bytes;

    /// <summary>Makes an empty table.</summary>
    /// <param name="strings">About how many strings will be in it.</param>
    public StringTable(int strings = 0)
    {
        _offsets = new(strings + 1, StringComparer.Ordinal) { [""] = 0 };
        _bytes = new(Math.Max(256, strings * 16));
        _bytes.U8(0);
    }

    /// <summary>The table so far.</summary>
    public ByteBuffer Bytes => _bytes;

    /// <summary>The offset of <paramref name="value"/>, which is added if it is new.</summary>
    /// <exception cref="ArgumentException">The string holds a zero character, which would end it.</exception>
    public int Add(string value)
    {
        if (_offsets.TryGetValue(value, out int offset))
            return offset;
        if (value.AsSpan().IndexOf('\0') >= 0)
            throw new ArgumentException("A name holds a zero character.", nameof(value));
        offset = _bytes.Length;
        _bytes.CString(value);
        _offsets.Add(value, offset);
        return offset;
    }
}
