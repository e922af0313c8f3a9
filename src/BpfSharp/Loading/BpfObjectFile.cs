namespace BpfSharp;

/// <summary>Object files on disk, of any compiler: clang's <c>.bpf.o</c> and those that <c>BpfEmitObjects</c> writes.</summary>
public static class BpfObjectFile
{
    /// <summary>Opens an object file. Its maps and programs are reached by name, with keys and values as bytes or through typed views.</summary>
    /// <param name="path">The file. The object is named after it, without <c>.o</c> and <c>.bpf</c>, as libbpf does.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="BpfSharp.Objects.ObjectFormatException">It is not a well-formed eBPF object.</exception>
    public static BpfOpenObject Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string name = Path.GetFileNameWithoutExtension(path);
        const string Suffix = ".bpf";
        if (name.EndsWith(Suffix, StringComparison.Ordinal)) name = name[..^Suffix.Length];
        return BpfObject.Open(File.ReadAllBytes(path), name);
    }
}
