using BpfSharp.Links;

namespace BpfSharp;

/// <summary>A static probe (USDT) of a program or library: <c>path:provider:name</c>.</summary>
/// <param name="Path">The file, by its path or by its name as libraries and programs are found (<c>libc.so.6</c>).</param>
/// <param name="Provider">The probe's provider.</param>
/// <param name="Name">The probe's name.</param>
/// <param name="ProcessId">The process, -1 for all that run the file.</param>
/// <param name="Cookie">What <c>bpf_get_attach_cookie</c> gives the program (kernel 5.15), 0 for none.</param>
public sealed record BpfUsdt(string Path, string Provider, string Name, int ProcessId = -1, ulong Cookie = 0)
{
    /// <summary>Reads a section's target: <c>path:provider:name</c>.</summary>
    /// <exception cref="BpfException">It is not of that form.</exception>
    public static BpfUsdt Parse(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        string[] parts = target.Split(':');
        return parts is [{ Length: > 0 }, { Length: > 0 }, { Length: > 0 }] ? new(parts[0], parts[1], parts[2])
            : throw new BpfException($"'{target}' is no static probe; write it as path:provider:name");
    }

    /// <summary>Where in the file the probe is, and how it gives its arguments.</summary>
    /// <exception cref="BpfException">There is no such file, or no such probe in it (those there are, are named).</exception>
    public IReadOnlyList<BpfUsdtPlace> Places() => [.. Sites().Select(static s => s.Place)];

    /// <summary>The same, with what the arguments are read from.</summary>
    internal List<UsdtSite> Sites()
    {
        string file = ExecutableFiles.Find(Path);
        return UsdtNotes.Find(file, File.ReadAllBytes(file), Provider, Name);
    }
}

/// <summary>One place of a static probe.</summary>
/// <param name="Offset">Where in the file.</param>
/// <param name="SemaphoreOffset">Where in the file the counter lies that says that somebody looks; 0 if the probe has none. The kernel counts it up while a program is attached (4.20).</param>
/// <param name="Arguments">The arguments as the compiler wrote them: size and place of each, e.g. <c>8@%rdi -4@-20(%rbp) 4@$7</c>; a minus before the size is for signed ones.</param>
public sealed record BpfUsdtPlace(ulong Offset, ulong SemaphoreOffset, string Arguments);
