using System.Buffers;
using System.Text;

namespace BpfSharp.Symbols;

/// <summary>
/// Functions by address. Names stay bytes of the text they came in and become strings only when somebody asks: a kernel has 200,000 of them.
/// </summary>
internal sealed class SymbolTable
{
    // How many symbols before the nearest one may be the one that an address is in, where functions lie inside of others.
    private const int Nested = 8;

    private readonly ulong[] _starts;
    private readonly int[] _order;
    private readonly Entry[] _entries;
    private readonly byte[] _text;
    private readonly SearchValues<byte> _ends;
    private readonly Dictionary<int, string> _names = [];

    /// <summary>One symbol.</summary>
    /// <param name="Start">Where it begins.</param>
    /// <param name="Size">Bytes, 0 for up to the next symbol.</param>
    /// <param name="Name">Where its name begins in the text.</param>
    /// <param name="IsPreferred">Whether it is the better name among several of one address.</param>
    internal readonly record struct Entry(ulong Start, ulong Size, int Name, bool IsPreferred);

    /// <summary>Makes a table.</summary>
    /// <param name="entries">The symbols, in the text's order: of several at one address a later one wins.</param>
    /// <param name="text">Where the names are.</param>
    /// <param name="ends">The bytes that end a name.</param>
    public SymbolTable(List<Entry> entries, byte[] text, SearchValues<byte> ends)
    {
        (_entries, _text, _ends) = ([.. entries], text, ends);
        _starts = new ulong[entries.Count];
        _order = new int[entries.Count];
        for (int i = 0; i < _starts.Length; i++) (_starts[i], _order[i]) = (_entries[i].Start, i);
        Array.Sort(_starts, _order);
    }

    /// <summary>No symbols.</summary>
    public static SymbolTable Empty { get; } = new([], [], SearchValues.Create(0));

    /// <summary>How many symbols there are.</summary>
    public int Count => _starts.Length;

    /// <summary>The symbol that an address is in; -1 if there is none.</summary>
    public int Find(ulong address)
    {
        int index = Array.BinarySearch(_starts, address);
        index = index < 0 ? ~index - 1 : index;
        // Of several with the same start, begin with the last.
        while (index >= 0 && index + 1 < _starts.Length && _starts[index + 1] == _starts[index]) index++;
        int best = -1;
        for (int i = index; i >= 0 && i > index - Nested; i--)
        {
            Entry entry = _entries[_order[i]];
            if (entry.Size != 0 ? address - entry.Start >= entry.Size : entry.Start != _starts[index]) continue;
            if (best >= 0 && (entry.Start != _entries[best].Start || !Better(_order[i], best))) continue;
            best = _order[i];
        }

        return best;
    }

    /// <summary>Where a symbol begins.</summary>
    public ulong Start(int symbol) => _entries[symbol].Start;

    /// <summary>A symbol's name.</summary>
    public string Name(int symbol)
    {
        if (_names.TryGetValue(symbol, out string? name)) return name;
        name = Encoding.UTF8.GetString(Until(_entries[symbol].Name));
        _names.Add(symbol, name);
        return name;
    }

    /// <summary>What stands in the text between a symbol's name and the line's end.</summary>
    public ReadOnlySpan<byte> Behind(int symbol)
    {
        ReadOnlySpan<byte> rest = _text.AsSpan(_entries[symbol].Name + Until(_entries[symbol].Name).Length);
        int end = rest.IndexOf((byte)'\n');
        return end < 0 ? rest : rest[..end];
    }

    private bool Better(int candidate, int than)
    {
        (Entry a, Entry b) = (_entries[candidate], _entries[than]);
        return a.IsPreferred != b.IsPreferred ? a.IsPreferred : candidate > than;
    }

    private ReadOnlySpan<byte> Until(int start)
    {
        ReadOnlySpan<byte> name = _text.AsSpan(start);
        int end = name.IndexOfAny(_ends);
        return end < 0 ? name : name[..end];
    }
}
