using BpfSharp.Loading.Core;
using BpfSharp.Objects;

namespace BpfSharp.Loading;

/// <summary>What an object is relocated against: the running kernel's types, or those in a file.</summary>
internal sealed class CoreTarget : ICoreTarget, IDisposable
{
    private readonly ICoreTarget? _running;
    private readonly string _path;
    private RawBtf? _file;

    private CoreTarget(ICoreTarget? running, string path) => (_running, _path) = (running, path);

    /// <inheritdoc/>
    public string Description => _running?.Description ?? _path;

    /// <summary>The types to relocate against.</summary>
    /// <param name="kernel">The running kernel's.</param>
    /// <param name="path">The file that stands for them, null for the running kernel's.</param>
    public static CoreTarget Create(ICoreTarget kernel, string? path) => new(path is null ? kernel : null, path ?? "");

    /// <summary>The types in a file: raw BTF, or ELF with a <c>.BTF</c> section. Nothing is read before it is needed.</summary>
    public static CoreTarget FromFile(string path) => new(null, path);

    /// <inheritdoc/>
    public IEnumerable<RawBtf> InOrder() => _running?.InOrder() ?? [_file ??= BtfFile.Open(_path)];

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();
}

/// <summary>Files that hold BTF.</summary>
internal static class BtfFile
{
    /// <summary>Opens raw BTF, or the <c>.BTF</c> section of an ELF file.</summary>
    /// <exception cref="BpfException">The file cannot be read.</exception>
    /// <exception cref="ObjectFormatException">It holds no well-formed BTF.</exception>
    public static RawBtf Open(string path)
    {
        NativeBytes bytes = NativeBytes.FromFile(path, "");
        string name = Path.GetFileName(path);
        ReadOnlySpan<byte> content = Content(bytes);
        if (!content.StartsWith((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F'])) return new RawBtf(bytes, name);
        using (bytes) return new RawBtf(NativeBytes.Copy(ElfSections.Find(content, ".BTF")), name);
    }

    private static unsafe ReadOnlySpan<byte> Content(NativeBytes bytes) => new(bytes.Pointer, checked((int)bytes.Length));
}
