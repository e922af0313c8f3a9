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

    public static Option<string> Target(string description) => new("--output", "-o") { Description = description };
}
