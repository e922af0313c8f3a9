using System.CommandLine;

namespace BpfSharp.Cli.Commands;

/// <summary>Arguments and options that several commands have.</summary>
internal static class Options
{
    public static Argument<string> Path() => new("path") { Description = "An ELF object (.o) or an assembly with [BpfObject] classes." };

    public static Option<bool> Json() => new("--json") { Description = "Writes JSON for scripts." };

    public static Option<string[]> Btf() => new("--btf")
    {
        Description = "A kernel's types: raw BTF (a copy of /sys/kernel/btf/vmlinux) or an ELF file with a .BTF section; may be given several times.",
        AllowMultipleArgumentsPerToken = true,
    };

    public static Option<string[]> Modules() => new("--module")
    {
        Description = "A module's types beside the kernel's: a copy of /sys/kernel/btf/MODULE, or its .ko; may be given several times, with one --btf at most.",
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>Says of files that were given whether they are there, and whether modules stand beside the one kernel that they belong to.</summary>
    /// <exception cref="CommandException">They are not.</exception>
    public static void CheckFiles(string[] kernels, string[] modules)
    {
        if (kernels.Length > 1 && modules.Length > 0) throw new CommandException("modules belong to one kernel: give one --btf beside --module");
        foreach (string file in (string[])[.. kernels, .. modules])
        {
            if (!File.Exists(file)) throw new CommandException($"there is no file {file}");
        }
    }

    public static Option<string> Target(string description) => new("--output", "-o") { Description = description };
}
