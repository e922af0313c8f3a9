using System.Runtime.CompilerServices;
using System.Text;
using BpfSharp.KernelTests.Raw;

namespace BpfSharp.KernelTests.Infrastructure;

/// <summary>The kernel's programs, maps and links, and whose they are.</summary>
static class KernelObjects
{
    // kind, as /proc/PID/fdinfo spells it; how to enumerate; how to open; where the info structure holds the name (-1: nowhere)
    static readonly (string Kind, BpfCommand Next, BpfCommand Open, int Name)[] s_kinds =
    [
        ("prog", BpfCommand.ProgGetNextId, BpfCommand.ProgGetFdById, 64),
        ("map", BpfCommand.MapGetNextId, BpfCommand.MapGetFdById, 24),
        ("link", BpfCommand.LinkGetNextId, BpfCommand.LinkGetFdById, -1),
    ];

    static readonly HashSet<(string Kind, uint Id)> s_start = [];
    static readonly HashSet<string> s_startPins = [];

    /// <summary>Remembers what was there before the first test, and before the first probe.</summary>
    [ModuleInitializer]
    internal static void RememberStart()
    {
        if (!OperatingSystem.IsLinux() || Libc.geteuid() != 0) return;
        s_start.UnionWith(All());
        s_startPins.UnionWith(Pins());
    }

    /// <summary>What this process holds open.</summary>
    public static IEnumerable<string> HeldByThisProcess() => Held(Environment.ProcessId).Distinct().Select(Describe).ToList();

    /// <summary>
    /// What has come since the start of the run and is in no process's hands: kept alive by a pin, an attachment without a link or a perf
    /// event. Objects of other processes do not count, nor the programs that systemd keeps attached to its units' cgroups (sd_*).
    /// </summary>
    public static IEnumerable<string> NewAndHeldByNobody()
    {
        var added = All().Where(o => !s_start.Contains(o)).ToList();
        var held = new HashSet<(string, uint)>(Directory.EnumerateDirectories("/proc").SelectMany(p => int.TryParse(Path.GetFileName(p), out int pid) ? Held(pid) : []));
        foreach ((string _, uint id) in held.Where(o => o.Item1 == "link").ToList()) held.Add(("prog", ProgramOf(id)));
        foreach ((string _, uint id) in held.Where(o => o.Item1 == "prog").ToList()) held.UnionWith(MapsOf(id));
        return added.Where(o => !held.Contains(o)).Select(Describe).Where(d => !d.Contains(" sd_", StringComparison.Ordinal))
            .Concat(Pins().Where(p => !s_startPins.Contains(p)).Select(p => "pin " + p)).ToList();
    }

    static IEnumerable<(string Kind, uint Id)> All() => s_kinds.SelectMany(k => RawBpf.Ids(k.Next).Select(id => (k.Kind, id)));

    static IEnumerable<string> Pins() => Directory.Exists("/sys/fs/bpf") ? Directory.EnumerateFileSystemEntries("/sys/fs/bpf", "*", SearchOption.AllDirectories) : [];

    static List<(string Kind, uint Id)> Held(int processId)
    {
        List<(string, uint)> held = [];
        try
        {
            foreach (string file in Directory.EnumerateFiles($"/proc/{processId}/fdinfo"))
            {
                foreach (string[] field in ReadLines(file).Select(l => l.Split(":\t")))
                {
                    if (field.Length != 2 || !field[0].EndsWith("_id", StringComparison.Ordinal)) continue;
                    string kind = field[0][..^3];
                    if (s_kinds.Any(k => k.Kind == kind)) held.Add((kind, uint.Parse(field[1], System.Globalization.CultureInfo.InvariantCulture)));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process has ended meanwhile.
        }

        return held;
    }

    static string[] ReadLines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // closed meanwhile, as the descriptor of this very enumeration is
        }
    }

    static uint ProgramOf(uint link) => RawBpf.Info(BpfCommand.LinkGetFdById, link) is { } info ? BitConverter.ToUInt32(info, 8) : 0;

    static IEnumerable<(string, uint)> MapsOf(uint program)
    {
        uint[] ids = new uint[64]; // MAX_USED_MAPS
        using var attr = new BpfAttr();
        int fd = RawBpf.Call(BpfCommand.ProgGetFdById, attr.Set(0, program));
        if (fd < 0) return [];
        using var handle = new Microsoft.Win32.SafeHandles.SafeFileHandle(fd, ownsHandle: true);
        using var infoPointers = new BpfAttr();
        byte[] info = infoPointers.Set(52, (uint)ids.Length).Point(56, ids).Bytes;
        using var get = new BpfAttr();
        if (RawBpf.Call(BpfCommand.ObjGetInfoByFd, get.Set(0, handle).Set(4, (uint)info.Length).Point(8, info)) < 0) return [];
        return ids.Take((int)BitConverter.ToUInt32(info, 52)).Select(id => ("map", id));
    }

    static string Describe((string Kind, uint Id) thing)
    {
        (string _, BpfCommand _, BpfCommand open, int name) = s_kinds.Single(k => k.Kind == thing.Kind);
        byte[]? info = RawBpf.Info(open, thing.Id);
        string label = info is null || name < 0 ? "" : Encoding.UTF8.GetString(info, name, 16).TrimEnd('\0');
        return $"{thing.Kind} {thing.Id} {label}";
    }
}
