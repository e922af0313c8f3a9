using System.Globalization;

namespace BpfSharp.Symbols;

/// <summary>One process's code: where which file lies in its memory, and what its run-time compiler made.</summary>
internal sealed class ProcessSymbols
{
    private readonly string _folder;
    private readonly Func<string, string, Func<ElfSymbols>, ElfSymbols> _files;
    private readonly string _startTime;
    private List<MemoryRegion> _regions;
    private PerfMap? _compiled;

    /// <summary>Reads a process's memory map.</summary>
    /// <param name="processId">The process, as this process sees it.</param>
    /// <param name="files">Gets the symbols of a file by its identity and path, or makes them.</param>
    public ProcessSymbols(int processId, Func<string, string, Func<ElfSymbols>, ElfSymbols> files)
    {
        _folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}");
        _files = files;
        _startTime = StartTime(_folder);
        _regions = ReadRegions();
    }

    /// <summary>Whether the process's number belongs to another one now.</summary>
    public bool IsReplaced => StartTime(_folder) is { Length: > 0 } now && now != _startTime;

    /// <summary>What is known of an address.</summary>
    public BpfSymbol Find(ulong address)
    {
        MemoryRegion? region = Region(address);
        if (region is null)
        {
            // Libraries are loaded and code is made while a process runs; what a process that ended had is kept.
            List<MemoryRegion> now = ReadRegions();
            if (now.Count > 0) _regions = now;
            region = Region(address);
        }

        if (region is null) return Compiled(address, "");
        if (!region.IsFile) return Compiled(address, region.Path.StartsWith('[') && region.Path != "[heap]" ? region.Path : "[jit]");
        ElfSymbols file = _files(region.File, region.Path, () => ElfSymbols.Read(Openable(region), DebugFile));
        ulong inFile = file.AddressOf(address - region.Start + region.Offset);
        int found = file.Functions.Find(inFile);
        // Code that was compiled ahead of time and patched at run time (.NET's images) is in the perf map as well.
        if (found < 0 && Compiled(address, "") is { IsKnown: true } known) return known;
        return found < 0
            ? new(address, "", inFile, region.FilePath)
            : new(address, file.Functions.Name(found), inFile - file.Functions.Start(found), region.FilePath);
    }

    private BpfSymbol Compiled(ulong address, string module)
    {
        _compiled ??= new PerfMap(PerfMapPath());
        int found = _compiled.Find(address, out SymbolTable table);
        return found < 0
            ? new(address, "", module.Length == 0 ? 0 : address - Region(address)?.Start ?? 0, module)
            : new(address, table.Name(found), address - table.Start(found), "[jit]");
    }

    private MemoryRegion? Region(ulong address)
    {
        // They are in the order of their addresses.
        (int low, int high) = (0, _regions.Count - 1);
        while (low <= high)
        {
            int middle = (low + high) / 2;
            MemoryRegion region = _regions[middle];
            if (address < region.Start) high = middle - 1;
            else if (address >= region.End) low = middle + 1;
            else return region;
        }

        return null;
    }

    /// <summary>A path under which this process can open another's file: the mapping itself, which works for deleted files too, else through its root.</summary>
    private string Openable(MemoryRegion region)
    {
        string mapping = $"{_folder}/map_files/{region.RangeName}";
        return CanOpen(mapping) ? mapping : $"{_folder}/root{region.FilePath}";
    }

    private string? DebugFile(string buildId)
    {
        string path = $"/usr/lib/debug/.build-id/{buildId[..2]}/{buildId[2..]}.debug";
        return File.Exists(_folder + "/root" + path) ? _folder + "/root" + path : File.Exists(path) ? path : null;
    }

    /// <summary>The perf map, in the process's own root and under the number that the process has there.</summary>
    private string PerfMapPath()
    {
        string number = Path.GetFileName(_folder);
        foreach (string line in Lines(_folder + "/status"))
            if (line.StartsWith("NSpid:", StringComparison.Ordinal)) number = line[(line.LastIndexOf('\t') + 1)..].Trim();
        return $"{_folder}/root/tmp/perf-{number}.map";
    }

    private List<MemoryRegion> ReadRegions() => MemoryRegion.Parse(Lines(_folder + "/maps"));

    private static string StartTime(string folder)
    {
        // The 22nd field; the second is the name in parentheses, which may hold anything.
        string stat = Lines(folder + "/stat").FirstOrDefault("");
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19 ? fields[19] : "";
    }

    private static bool CanOpen(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
