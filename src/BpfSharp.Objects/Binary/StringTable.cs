namespace BpfSharp.Objects.Binary;

/// <summary>A string table being written: each string is stored once, in the order of first use; "" is at offset 0.</summary>
internal sealed class StringTable
{
    private readonly Dictionary<string, int> _offsets = new(StringComparer.Ordinal) { [""] = 0 };
    private readonly ByteBuffer _bytes = new();

    public StringTable() => _bytes.U8(0);

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
