using BpfSharp.Errors;
using BpfSharp.Maps;
using BpfSharp.Objects.Btf;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>The BTF ids of functions of programs that are loaded, for programs that replace them.</summary>
internal static class ProgramTargets
{
    /// <summary>The id of the function that a program replaces, in the types of the program that it is in.</summary>
    /// <exception cref="BpfException">That program has no such function, or its types cannot be read.</exception>
    public static int Find(BpfProgram target, BpfProgramSettings settings)
    {
        string what = $"cannot load program '{settings.Name}'";
        if (target.Info.BtfId is not (> 0 and uint id) || MapTypesOfKernel.Read(id) is not { } types)
            throw new BpfException($"{what}: program '{target.Name}', which it belongs to, was loaded without types, or the kernel does not give them; it takes CAP_SYS_ADMIN");
        List<string> names = [];
        for (int i = 1; i <= types.Count; i++)
        {
            if (types[i] is not BtfFunction function) continue;
            if (function.Name == settings.Target) return i;
            names.Add(function.Name);
        }
        string[] near = NearNames.Of(settings.Target, names, 3);
        string hint = near.Length > 0 ? $"; did you mean {string.Join(", ", near)}?" : "";
        throw new BpfException($"{what}: program '{target.Name}' has no function '{settings.Target}'{hint}", (int)Errno.ENOENT, nameof(Errno.ENOENT));
    }
}
