using System.Buffers;
using System.Buffers.Text;

namespace BpfSharp.Symbols;

/// <summary>
/// What a run-time compiler says of the code that it made: <c>/tmp/perf-PID.map</c>, which .NET writes with <c>DOTNET_PerfMapEnabled=1</c>, Java
/// with an agent, Node with <c>--perf-basic-prof</c>. Each line is the address and the size in hexadecimal and a name.
/// </summary>
internal sealed class PerfMap(string path)
{
    private static readonly SearchValues<byte> Ends = SearchValues.Create("\r\n\0"u8);
    private SymbolTable _table = SymbolTable.Empty;
    private long _length = -1;

    /// <summary>The function that an address is in.</summary>
    /// <param name="address">The address.</param>
    /// <param name="table">The table that holds it.</param>
    /// <returns>The symbol in it, -1 if there is none.</returns>
    public int Find(ulong address, out SymbolTable table)
    {
        int found = _table.Find(address);
        // The file grows while methods are compiled.
        if (found < 0 && Refresh()) found = _table.Find(address);
        table = _table;
        return found;
    }

    /// <summary>Reads a map's text.</summary>
    internal static SymbolTable Parse(byte[] text)
    {
        List<SymbolTable.Entry> entries = [];
        for (int at = 0; at < text.Length;)
        {
            ReadOnlySpan<byte> line = text.AsSpan(at);
            int end = line.IndexOf((byte)'\n');
            if (end >= 0) line = line[..end];
            int name = 0;
            if (Number(line, ref name, out ulong start) && Number(line, ref name, out ulong size) && size != 0 && name < line.Length)
                entries.Add(new(start, size, at + name, IsPreferred: false));
            if (end < 0) break;
            at += end + 1;
        }

        return new(entries, text, Ends);
    }

    private static bool Number(ReadOnlySpan<byte> line, ref int at, out ulong value)
    {
        if (line[at..].StartsWith("0x"u8)) at += 2;
        if (!Utf8Parser.TryParse(line[at..], out value, out int used, 'x') || at + used >= line.Length || line[at + used] != (byte)' ') return false;
        at += used + 1;
        return true;
    }

    private bool Refresh()
    {
        try
        {
            FileInfo file = new(path);
            if (!file.Exists || file.Length == _length) return false;
            byte[] text = File.ReadAllBytes(path);
            (_length, _table) = (text.Length, Parse(text));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
