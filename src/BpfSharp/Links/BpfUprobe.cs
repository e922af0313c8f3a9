using System.Globalization;

namespace BpfSharp;

/// <summary>Where in a program or library a uprobe sits: <c>path:function</c>, <c>path:function+8</c> or <c>path:0x1234</c>.</summary>
/// <param name="Path">The file.</param>
/// <param name="Symbol">The function, "" if the offset is from the file's start.</param>
/// <param name="Offset">Bytes from the function's start, or from the file's.</param>
/// <param name="IsReturn">Whether the function's return is probed.</param>
/// <param name="ProcessId">The process, -1 for all that run the file.</param>
/// <param name="Cookie">What <c>bpf_get_attach_cookie</c> gives the program, 0 for none.</param>
public sealed record BpfUprobe(string Path, string Symbol, ulong Offset = 0, bool IsReturn = false, int ProcessId = -1, ulong Cookie = 0)
{
    /// <summary>Reads a section's target.</summary>
    /// <exception cref="BpfException">It is not of one of the three forms.</exception>
    public static BpfUprobe Parse(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        int colon = target.LastIndexOf(':');
        if (colon <= 0 || colon == target.Length - 1) throw new BpfException($"'{target}' is no uprobe target; write it as path:function");
        // The section is "uprobe//usr/bin/x:f" for an absolute path: the first slash belongs to the section's name.
        string path = target[..colon], place = target[(colon + 1)..];
        if (Number(place) is ulong address) return new(path, "", address);
        int plus = place.IndexOf('+');
        if (plus < 0) return new(path, place);
        return Number(place[(plus + 1)..]) is ulong offset
            ? new(path, place[..plus], offset)
            : throw new BpfException($"'{target}' is no uprobe target; write the offset as a number: path:function+0x10");
    }

    private static ulong? Number(string text)
    {
        bool hex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return ulong.TryParse(hex ? text.AsSpan(2) : text, hex ? NumberStyles.HexNumber : NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
            ? value : null;
    }
}
