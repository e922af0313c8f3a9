using System.Globalization;
using System.Text;
using BpfSharp.Errors;
using BpfSharp.Loading.Core;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>Finds the kernel's functions, typed variables and addresses that an object's externs name (<c>__ksym</c>).</summary>
internal sealed class KernelSymbols(ExternTable externs, LoadedBtf local, KernelBtf kernel)
{
    private readonly Dictionary<string, ulong?> _addresses = new(StringComparer.Ordinal);

    /// <summary>Finds an extern.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isCall">Whether it is called.</param>
    /// <returns>What it is in this kernel, null if it is not there.</returns>
    /// <exception cref="BpfException">The kernel has something else of that name.</exception>
    public KernelSymbol? Find(string name, bool isCall)
    {
        ExternSymbol? symbol = externs.Find(name);
        bool isFunction = symbol?.IsFunction ?? isCall;
        if (symbol is { IsFunction: false, TypeId: 0 }) return Address(name) is { } address ? new(address, 0) : null;
        string essential = isFunction ? Encoding.UTF8.GetString(EssentialName.Of(Encoding.UTF8.GetBytes(name))) : name;
        byte[] wanted = Encoding.UTF8.GetBytes(essential);
        foreach (RawBtf btf in kernel.InOrder())
        {
            uint id = btf.Find(isFunction ? RawType.Function : RawType.Variable, wanted);
            if (id == 0) continue;
            if (symbol is not null && local.Raw is { } raw && !IsCompatible(raw, (uint)symbol.TypeId, btf, btf[id].TypeId))
            {
                // A weak function of another signature is one that is not there.
                return isFunction ? new(0, 0, IsIncompatible: true)
                    : throw new BpfException($"the extern '{name}' has another type than the variable in this kernel ({RunningKernel.Version})");
            }

            return new(0, (int)id, Module: btf.HasBase ? kernel.OpenModule(btf) : null);
        }

        return null;
    }

    private static bool IsCompatible(RawBtf local, uint localId, RawBtf kernel, uint id)
    {
        try
        {
            return CoreTypeRules.AreCompatible(local, localId, kernel, kernel.Resolve(id));
        }
        catch (CoreException)
        {
            return false;
        }
    }

    private ulong? Address(string name)
    {
        if (_addresses.TryGetValue(name, out ulong? known)) return known;
        ulong? found = null;
        // "ffffffff81000000 T name", and "\t[module]" behind symbols of modules.
        foreach (string line in File.ReadLines("/proc/kallsyms"))
        {
            ReadOnlySpan<char> text = line;
            int separator = text.IndexOf(' ');
            if (separator < 0 || text.Length < separator + 4) continue;
            ReadOnlySpan<char> symbol = text[(separator + 3)..];
            int module = symbol.IndexOf('\t');
            if (module >= 0) symbol = symbol[..module];
            if (!symbol.SequenceEqual(name) || !ulong.TryParse(text[..separator], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong address)) continue;
            if (found is { } other && other != address) throw new BpfException($"the extern '{name}' is ambiguous: /proc/kallsyms has it twice");
            found = address;
        }

        // Addresses are shown as 0 to who may not see them.
        if (found == 0) throw new BpfException($"the address of the extern '{name}' is hidden: it needs CAP_SYSLOG", (int)Errno.EPERM, nameof(Errno.EPERM));
        _addresses.Add(name, found);
        return found;
    }
}

/// <summary>What an extern is in the running kernel.</summary>
/// <param name="Address">Its address, where it has no type.</param>
/// <param name="TypeId">The kernel's BTF id of the function or variable, 0 where it has no type.</param>
/// <param name="IsIncompatible">Whether the kernel's function takes or gives other types.</param>
/// <param name="Module">The types of the module that has it, null for the kernel itself.</param>
internal readonly record struct KernelSymbol(ulong Address, int TypeId, bool IsIncompatible = false, BpfHandle? Module = null);
