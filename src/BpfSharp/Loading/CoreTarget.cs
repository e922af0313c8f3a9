using BpfSharp.Loading.Core;
using BpfSharp.Objects;

namespace BpfSharp.Loading;

/// <summary>What an object is relocated against: the running kernel's types, or those in a file.</summary>
internal sealed class CoreTarget : ICoreTarget, IDisposable
{
    private readonly ICoreTarget? _running;
    private readonly string _path;
    private readonly IReadOnlyList<string> _modulePaths;
    private RawBtf? _file;
    private readonly List<RawBtf> _modules = [];

    private CoreTarget(ICoreTarget? running, string path, IReadOnlyList<string> modules) => (_running, _path, _modulePaths) = (running, path, modules);

    /// <inheritdoc/>
    public string Description => _running?.Description ?? _path;

    /// <summary>The types to relocate against.</summary>
    /// <param name="kernel">The running kernel's.</param>
    /// <param name="path">The file that stands for them, null for the running kernel's.</param>
    public static CoreTarget Create(ICoreTarget kernel, string? path) => new(path is null ? kernel : null, path ?? "", []);

    /// <summary>The types in a file, and those in files of modules that go on where it ends: raw BTF, or ELF with a <c>.BTF</c> section. Nothing is read before it is needed.</summary>
    public static CoreTarget FromFile(string path, params IReadOnlyList<string> modules) => new(null, path, modules);

    /// <inheritdoc/>
    public IEnumerable<RawBtf> InOrder() => _running?.InOrder() ?? Files();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (RawBtf module in _modules) module.Dispose();
        _file?.Dispose();
    }

    private IEnumerable<RawBtf> Files()
    {
        yield return _file ??= BtfFile.Open(_path);
        for (int i = 0; i < _modulePaths.Count; i++)
        {
            if (i == _modules.Count) _modules.Add(BtfFile.Open(_modulePaths[i], _file));
            yield return _modules[i];
        }
    }
}

/// <summary>Files that hold BTF.</summary>
internal static class BtfFile
{
    /// <summary>Opens raw BTF, or the <c>.BTF</c> section of an ELF file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kernel">The kernel's types, if these are a module's.</param>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    /// <exception cref="ObjectFormatException">It holds no well-formed BTF.</exception>
    public static RawBtf Open(string path, RawBtf? kernel = null)
    {
        NativeBytes bytes = NativeBytes.FromFile(path, "");
        string name = Path.GetFileName(path);
        try
        {
            ReadOnlySpan<byte> content = Content(bytes);
            if (!content.StartsWith((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F'])) return new RawBtf(bytes, name, kernel);
            using (bytes) return new RawBtf(NativeBytes.Copy(ElfSections.Find(content, ".BTF")), name, kernel);
        }
        catch (ObjectFormatException e)
        {
            throw e.In(path);
        }
    }

    private static unsafe ReadOnlySpan<byte> Content(NativeBytes bytes) => new(bytes.Pointer, checked((int)bytes.Length));
}
