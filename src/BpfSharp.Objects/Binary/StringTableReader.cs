using System.Text;

namespace BpfSharp.Objects.Binary;

/// <summary>Reads zero-terminated UTF-8 strings out of a table, each offset once.</summary>
/// <remarks>
/// Corrupted offsets could make every string of a file the tail of one long run, and so take the square of the file's size in
/// memory: the sum of all lengths has a bound, far above what suffix merging saves in real tables.
/// </remarks>
internal sealed class StringTableReader
{
    private readonly Dictionary<uint, string> _cache;
    private readonly byte[] _bytes;
    private readonly string _section;
    private readonly long _origin;
    private long _budget;

    public StringTableReader(SectionData table)
    {
        _bytes = table.Bytes.ToArray();
        _section = table.Name;
        _origin = table.Origin;
        _budget = 16L * _bytes.Length + 65536;
        _cache = new(Math.Min(_bytes.Length / 16, 1024)) { [0] = "" };
    }

    /// <summary>The string at <paramref name="offset"/>.</summary>
    public string this[uint offset]
    {
        get
        {
            if (_cache.TryGetValue(offset, out string? known))
                return known;
            if (offset >= (uint)_bytes.Length)
                throw new ObjectFormatException(_section, _origin + offset, $"The string table has only {_bytes.Length} bytes.");
            int length = _bytes.AsSpan((int)offset).IndexOf((byte)0);
            if (length < 0)
                throw new ObjectFormatException(_section, _origin + offset, "The string has no end.");
            _budget -= length;
            if (_budget < 0)
                throw new ObjectFormatException(_section, _origin + offset, "The strings overlap too much.");
            string result = Encoding.UTF8.GetString(_bytes, (int)offset, length);
            _cache.Add(offset, result);
            return result;
        }
    }
}
