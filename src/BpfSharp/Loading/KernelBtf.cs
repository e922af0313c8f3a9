using BpfSharp.Errors;
using BpfSharp.Loading.Core;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>
/// The running kernel's types, <c>/sys/kernel/btf</c>: mapped when something is first looked up, indexed once, shared by all programs of
/// a load, released after it.
/// </summary>
internal sealed class KernelBtf : ICoreTarget, IDisposable
{
    /// <summary>Where the kernel shows its own types; beside it stand its modules'.</summary>
    public const string Path = "/sys/kernel/btf/vmlinux";

    private const string Missing = "this kernel does not describe its types: it needs CONFIG_DEBUG_INFO_BTF and /sys mounted";

    private RawBtf? _kernel;
    private readonly Dictionary<string, BpfHandle> _opened = new(StringComparer.Ordinal);
    private List<RawBtf>? _modules;

    /// <inheritdoc/>
    public string Description => $"Linux {RunningKernel.Release}";

    /// <summary>The kernel's own types.</summary>
    /// <exception cref="BpfException">The kernel shows none.</exception>
    public RawBtf Kernel => _kernel ??= new RawBtf(NativeBytes.FromFile(Path, Missing), "vmlinux");

    /// <summary>The types of each loaded module, in the order of their names.</summary>
    public IReadOnlyList<RawBtf> Modules => _modules ??= OpenModules();

    /// <summary>The kernel's types, then each module's.</summary>
    public IEnumerable<RawBtf> InOrder()
    {
        yield return Kernel;
        foreach (RawBtf module in Modules) yield return module;
    }

    /// <summary>The descriptor of a module's types, which the kernel wants beside an id of them. Open until this is disposed.</summary>
    /// <exception cref="BpfException">The module is gone, or CAP_SYS_ADMIN is missing.</exception>
    public BpfHandle OpenModule(RawBtf module)
    {
        if (!_opened.TryGetValue(module.Name, out BpfHandle? handle)) _opened.Add(module.Name, handle = ModuleTypes.Open(module.Name));
        return handle;
    }

    /// <summary>The names of all types of a kind, the modules' too, for suggestions.</summary>
    public IReadOnlyList<string> Names(int kind)
    {
        List<string> names = [];
        foreach (RawBtf types in InOrder())
        {
            for (int id = types.FirstId; id < types.EndId; id++)
            {
                RawType type = types[(uint)id];
                if (type.Kind == kind) names.Add(types.TextAt(type.NameOffset));
            }
        }

        return names;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (BpfHandle handle in _opened.Values) handle.Dispose();
        _opened.Clear();
        foreach (RawBtf module in _modules ?? []) module.Dispose();
        _modules = null;
        _kernel?.Dispose();
        _kernel = null;
    }

    private List<RawBtf> OpenModules()
    {
        List<RawBtf> modules = [];
        foreach (string path in Directory.EnumerateFiles(System.IO.Path.GetDirectoryName(Path)!).Order(StringComparer.Ordinal))
        {
            if (path == Path) continue;
            try
            {
                modules.Add(new RawBtf(NativeBytes.FromFile(path, Missing), System.IO.Path.GetFileName(path), Kernel));
            }
            catch (BpfException) when (!File.Exists(path))
            {
                // The module was unloaded in this moment.
            }
        }

        return modules;
    }
}
