using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace BpfSharp.Symbols;

/// <summary>The kernel's functions, its modules' and the eBPF programs', as <c>/proc/kallsyms</c> lists them.</summary>
internal static class KernelSymbols
{
    private const string Path = "/proc/kallsyms";
    private static readonly SearchValues<byte> Ends = SearchValues.Create("\t\n"u8);

    /// <summary>Reads the list.</summary>
    /// <exception cref="BpfException">The kernel does not show addresses, or has no list.</exception>
    public static SymbolTable Read()
    {
        byte[] text;
        try
        {
            text = File.ReadAllBytes(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BpfException($"cannot read the kernel's symbols from {Path}: {e.Message}; the kernel needs CONFIG_KALLSYMS, and proc must be mounted", e);
        }

        SymbolTable table = Parse(text);
        if (table.Count == 0)
            throw new BpfException($"{Path} hides the kernel's addresses; run as root or add CAP_SYSLOG, or set kernel.kptr_restrict to 0 or 1");
        return table;
    }

    /// <summary>Reads the list's text: <c>ffffffff81000000 T name</c>, with a tab and <c>[module]</c> behind functions of modules.</summary>
    internal static SymbolTable Parse(byte[] text)
    {
        List<SymbolTable.Entry> entries = new(text.Length / 45);
        for (int at = 0; at < text.Length;)
        {
            ReadOnlySpan<byte> line = text.AsSpan(at);
            int end = line.IndexOf((byte)'\n');
            if (end >= 0) line = line[..end];
            if (Utf8Parser.TryParse(line, out ulong address, out int digits, 'x') && address != 0 && line.Length > digits + 3
                && line[digits + 1] is (byte)'t' or (byte)'T' or (byte)'w' or (byte)'W')
                entries.Add(new(address, 0, at + digits + 3, IsPreferred: line[digits + 1] is (byte)'T'));
            if (end < 0) break;
            at += end + 1;
        }

        return new(entries, text, Ends);
    }

    /// <summary>The module that a symbol is in.</summary>
    public static string Module(SymbolTable table, int symbol)
    {
        ReadOnlySpan<byte> module = table.Behind(symbol);
        return module.Length > 3 ? Encoding.UTF8.GetString(module[2..^1]) : "kernel";
    }
}
