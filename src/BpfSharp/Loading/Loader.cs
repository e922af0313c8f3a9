using BpfSharp.Errors;
using BpfSharp.Objects;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>Brings an opened object into the kernel: BTF, maps, then programs. On any failure all that was made is closed.</summary>
internal sealed class Loader(BpfOpenObject opened, BpfLoadOptions options)
{
    /// <summary>Loads the object.</summary>
    public LoadedParts Load()
    {
        if (SyscallNumbers.Current is null)
            throw new BpfException($"cannot load object '{opened.Name}': eBPF needs Linux on x64 or arm64");
        LockedMemory.EnsureUnlimited();
        LoadedParts parts = new();
        try
        {
            using LoadedBtf btf = LoadedBtf.Load(opened.Spec);
            using KernelBtf kernel = new();
            using CoreTarget target = CoreTarget.Create(kernel, options.KernelTypes);
            CoreRelocations core = new(btf, target);
            ExternTable externs = ExternTable.Read(opened.Spec);
            new MapLoader(opened, options, btf, kernel, parts).Load(externs);
            new ProgramLoader(opened, options, btf, externs, kernel, core, parts).Load();
            InitialValues.Set(opened.Spec, parts);
            Events.LossCounter.Connect(opened.Spec, parts);
            return parts;
        }
        catch
        {
            parts.Close();
            throw;
        }
    }
}
