using System.Text.RegularExpressions;

namespace BpfSharp.Objects.Tests;

/// <summary>The peers read what we write as they read what clang writes.</summary>
public partial class PeerTests
{
    [ToolFact("clang-19", "bpftool")]
    public void LibbpfOpensIt()
    {
        using var folder = new TemporaryFolder();
        string clang = ClangObjects.Compile(folder, ClangObjects.Everything);
        string ours = Rewrite(folder, clang);
        // Writing a skeleton opens the object with libbpf and lists its maps, programs and globals.
        Assert.Equal(Skeleton(clang), Skeleton(ours));

        static string[] Skeleton(string file) =>
        [
            .. Tools.Run("bpftool", "gen", "skeleton", file, "name", "everything").Split('\n')
                .Where(l => !l.TrimStart().StartsWith('"') && !l.Contains("data_sz"))
                .Where(l => l.Contains("struct bpf_") || l.Contains("struct everything__") || l.Contains("\t\t"))
                .Select(l => l.Trim())
                .Order(),
        ];
    }

    [ToolFact("clang-19", "bpftool")]
    public void BpftoolDumpsTheSameTypes()
    {
        using var folder = new TemporaryFolder();
        string ours = Rewrite(folder, ClangObjects.Compile(folder, ClangObjects.Everything));
        string dump = Tools.Run("bpftool", "btf", "dump", "file", ours);
        Assert.Contains("DATASEC '.maps' size=", dump);
        ObjectSpec spec = ObjectReader.Read(File.ReadAllBytes(ours));
        int id = 1;
        foreach (Btf.BtfType type in spec.Btf!)
            Assert.Contains($"\n[{id++}] ", "\n" + dump);
        Assert.Contains("'count' type_id=", dump);
    }

    [ToolFact("clang-19", "bpftool")]
    public void BpftoolLinksIt()
    {
        using var folder = new TemporaryFolder();
        string ours = Rewrite(folder, ClangObjects.Compile(folder, ClangObjects.Everything));
        string linked = folder.File("linked.bpf.o");
        Tools.Run("bpftool", "gen", "object", linked, ours);
        ObjectSpec before = ObjectReader.Read(File.ReadAllBytes(ours));
        ObjectSpec after = ObjectReader.Read(File.ReadAllBytes(linked));
        Assert.Equal(before.Functions.Select(f => f.Name).Order(), after.Functions.Select(f => f.Name).Order());
        Assert.Equal(before.Maps.Select(m => (m.Name, m.Type, m.KeySize, m.ValueSize, m.MaxEntries)), after.Maps.Select(m => (m.Name, m.Type, m.KeySize, m.ValueSize, m.MaxEntries)));
    }

    [ToolFact("clang-19", "llvm-readelf-19", "llvm-objdump-19")]
    public void LlvmReadsIt()
    {
        using var folder = new TemporaryFolder();
        string clang = ClangObjects.Compile(folder, ClangObjects.Everything);
        string ours = Rewrite(folder, clang);
        (int exitCode, string output, string error) = Tools.TryRun("llvm-readelf-19", "--all", ours);
        Assert.Equal(0, exitCode);
        Assert.Empty(error);
        Assert.Contains("R_BPF_64_32", output);
        string[] expected = Code(clang);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, Code(ours));

        // Addends of calls to static functions differ: clang resolves some itself.
        static string[] Code(string file) =>
        [
            .. Tools.Run("llvm-objdump-19", "-d", "--no-show-raw-insn", file).Split('\n')
                .Where(l => l.Contains(':') && !l.Contains("file format") && !l.Contains("call -0x1") && !l.Contains(" ll") && !l.Contains("call 0x")),
        ];
    }

    /// <summary>libbpf loads both objects; the kernel's tag is a hash of the instructions it got.</summary>
    [RootToolFact("clang-19", "bpftool", "mount", "umount")]
    public void TheKernelGetsTheSameFromBoth()
    {
        using var folder = new TemporaryFolder();
        string clang = ClangObjects.Compile(folder, ClangObjects.Loadable, "-mcpu=v3");
        string ours = Rewrite(folder, clang);
        string pins = folder.File("pins");
        Directory.CreateDirectory(pins);
        Tools.Run("mount", "-t", "bpf", "bpf", pins);
        try
        {
            string[] expected = Tags(clang, "clang");
            Assert.Equal(3, expected.Length);
            Assert.Equal(expected, Tags(ours, "ours"));
        }
        finally
        {
            Tools.Run("umount", pins);
        }

        string[] Tags(string file, string name)
        {
            Tools.Run("bpftool", "prog", "loadall", file, Path.Combine(pins, name));
            return
            [
                .. Directory.GetFiles(Path.Combine(pins, name)).Order(StringComparer.Ordinal)
                    .Select(pin => $"{Path.GetFileName(pin)} {Tag().Match(Tools.Run("bpftool", "-j", "prog", "show", "pinned", pin)).Groups[1].Value}"),
            ];
        }
    }

    [GeneratedRegex("\"tag\":\"([0-9a-f]{16})\"")]
    private static partial Regex Tag();

    private static string Rewrite(TemporaryFolder folder, string file)
    {
        string result = folder.File("ours.bpf.o");
        File.WriteAllBytes(result, ObjectWriter.Write(ObjectReader.Read(File.ReadAllBytes(file))));
        return result;
    }
}
