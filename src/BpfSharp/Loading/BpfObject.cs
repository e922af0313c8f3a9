using BpfSharp.Loading;
using BpfSharp.Objects;

namespace BpfSharp;

/// <summary>
/// An object whose maps and programs are in the kernel. Disposing it detaches what <see cref="AttachAll"/> attached and closes
/// all descriptors; with them the kernel frees what nobody else holds.
/// </summary>
/// <remarks>Maps, programs and globals may be used from any thread; attaching all programs and disposing must not run at the same time as anything else.</remarks>
public sealed class BpfObject : IDisposable
{
    private readonly Dictionary<string, BpfMap> _maps;
    private readonly Dictionary<string, BpfProgram> _programs;
    private readonly Dictionary<string, DataSectionMap> _sections;
    private readonly List<BpfLink> _links = [];
    private readonly IReadOnlyList<BpfMap> _borrowed;
    private bool _disposed;

    private BpfObject(BpfOpenObject opened, LoadedParts parts)
    {
        Opened = opened;
        _maps = parts.Maps;
        _programs = parts.Programs;
        _sections = parts.Sections;
        _borrowed = parts.Borrowed;
        Failures = parts.Failures;
    }

    /// <summary>The settings it was loaded with.</summary>
    public BpfOpenObject Opened { get; }

    /// <summary>The object's name.</summary>
    public string Name => Opened.Name;

    /// <summary>The maps, without the data sections.</summary>
    public IReadOnlyCollection<BpfMap> Maps => _maps.Values;

    /// <summary>The loaded programs.</summary>
    public IReadOnlyCollection<BpfProgram> Programs => _programs.Values;

    /// <summary>Why optional programs were not loaded, by their names.</summary>
    public IReadOnlyDictionary<string, BpfException> Failures { get; }

    /// <summary>Parses an object file's bytes. Nothing of it depends on the running system.</summary>
    /// <param name="elf">The file's content.</param>
    /// <param name="name">The object's name.</param>
    /// <exception cref="FormatException">It is not a well-formed eBPF object.</exception>
    public static BpfOpenObject Open(ReadOnlySpan<byte> elf, string name) => new(ObjectReader.Read(elf), name);

    /// <summary>Opens an object that was parsed or made already.</summary>
    public static BpfOpenObject Open(ObjectSpec spec, string name)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return new(spec, name);
    }

    /// <summary>The map with a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public BpfMap Map(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _maps.TryGetValue(name, out BpfMap? map) ? map : throw new KeyNotFoundException($"object '{Name}' has no map '{name}'");
    }

    /// <summary>The program with a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none, or it was not loaded.</exception>
    public BpfProgram Program(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _programs.TryGetValue(name, out BpfProgram? program)
            ? program : throw new KeyNotFoundException($"object '{Name}' has no program '{name}', or it was not loaded");
    }

    /// <summary>
    /// A global variable in the memory that is shared with the programs. Constants can be read here and not written. The reference
    /// must not be used after the object is disposed.
    /// </summary>
    /// <typeparam name="T">The variable's type.</typeparam>
    /// <param name="section">The data section: <c>.data</c>, <c>.bss</c> or <c>.rodata</c>.</param>
    /// <param name="offset">Bytes from the section's start.</param>
    /// <exception cref="InvalidOperationException">The kernel cannot share it (before 5.5); use <see cref="ReadGlobal{T}"/>.</exception>
    public ref T Global<T>(string section, int offset)
        where T : unmanaged => ref Section(section).Ref<T>(offset);

    /// <summary>Reads a global variable, on kernels before 5.5 with a system call.</summary>
    public T ReadGlobal<T>(string section, int offset)
        where T : unmanaged => Section(section).Read<T>(offset);

    /// <summary>Writes a global variable, on kernels before 5.5 with a system call that writes the whole section.</summary>
    /// <exception cref="InvalidOperationException">It is a constant.</exception>
    public void WriteGlobal<T>(string section, int offset, T value)
        where T : unmanaged => Section(section).Write(offset, value);

    /// <summary>
    /// Attaches every program whose section names a target and whose <see cref="BpfProgramSettings.AutoAttach"/> is set. If a
    /// required one fails, those that were attached are detached again.
    /// </summary>
    /// <returns>What was attached and what was not. The object owns the links; disposing the result detaches them earlier.</returns>
    /// <exception cref="BpfException">A required program could not be attached.</exception>
    public BpfAttachment AttachAll()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        BpfAttachment attachment = BpfAttachment.Create(this);
        lock (_links) _links.AddRange(attachment.Links);
        return attachment;
    }

    /// <summary>Detaches what <see cref="AttachAll"/> attached, and closes all programs and maps.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (BpfLink link in _links) link.Dispose();
        LoadedParts.Close(_programs, _sections, _maps, _borrowed);
    }

    internal static BpfObject Load(BpfOpenObject opened, BpfLoadOptions options) => new(opened, new Loader(opened, options).Load());

    private DataSectionMap Section(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _sections.TryGetValue(name, out DataSectionMap? section)
            ? section : throw new KeyNotFoundException($"object '{Name}' has no section '{name}'");
    }
}
