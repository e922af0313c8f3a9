using System.CommandLine;
using BpfSharp.Cli.KernelTypes;

namespace BpfSharp.Cli.Commands;

/// <summary><c>dotnet bpf types</c>: kernel types as C# source.</summary>
internal static class TypesCommand
{
    private const string RunningKernel = "/sys/kernel/btf/vmlinux";

    public static Command Create()
    {
        Argument<string[]> names = new("names") { Description = "Structs, unions and enums by their names in the kernel.", Arity = ArgumentArity.OneOrMore };
        Option<string[]> btf = Options.Btf();
        Option<string[]> modules = Options.Modules();
        Option<string> target = Options.Target("The file to write; standard output unless given.");
        Command command = new("types", "Writes kernel types as C# source, for programs that read them.") { names, btf, modules, target };
        command.SetAction(result => Run(result.GetValue(names)!, result.GetValue(btf) ?? [], result.GetValue(modules) ?? [], result.GetValue(target)));
        return command;
    }

    /// <summary>The model of the kernels in some files, oldest first.</summary>
    /// <param name="kernels">The kernels.</param>
    /// <param name="modules">Files of modules of the one kernel.</param>
    public static KernelModel Read(IReadOnlyList<(string Name, string Path)> kernels, params string[] modules)
    {
        SortedDictionary<string, KernelType> types = new(StringComparer.Ordinal);
        for (int i = 0; i < kernels.Count; i++)
        {
            foreach (string? module in modules.Length > 0 ? (string?[])modules : [null]) new ModelReader(BtfFile.Read(kernels[i].Path, module), 1u << i, types).Read();
        }

        return new([.. kernels.Select(static k => k.Name)], types);
    }

    private static int Run(string[] names, string[] files, string[] modules, string? target)
    {
        if (files.Length == 0) files = [RunningKernel];
        Options.CheckFiles(files, modules);
        KernelModel model = Read([.. files.Select(static f => (Path.GetFileName(f), f))], modules);
        foreach (string name in names)
        {
            if (model.Types.ContainsKey(name)) continue;
            string[] near = [.. model.Types.Keys.Where(k => k.Contains(name, StringComparison.OrdinalIgnoreCase)).OrderBy(static k => k.Length).Take(3)];
            throw new CommandException($"these kernels have no type '{name}'" + (near.Length > 0 ? $"; did you mean {string.Join(", ", near)}?" : ""));
        }

        string source = new SourceWriter(model, names.ToHashSet(StringComparer.Ordinal)).Write();
        if (target is null) Console.Write(source);
        else File.WriteAllText(target, source);
        return 0;
    }
}
