using System.CommandLine;

namespace BpfSharp.Cli.Commands;

/// <summary><c>dotnet bpf export</c>: an assembly's objects as files, for bpftool, libbpf and llvm-objdump.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        Argument<string> path = Options.Path();
        Option<string> target = Options.Target("The folder to write to; the current one unless given.");
        Command command = new("export", "Writes the objects of an assembly as ELF files.") { path, target };
        command.SetAction(result => Run(result.GetValue(path)!, result.GetValue(target) ?? "."));
        return command;
    }

    private static int Run(string path, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (ObjectSource o in ObjectSource.Read(path))
        {
            string file = Path.Combine(folder, o.Name + ".bpf.o");
            File.WriteAllBytes(file, o.Bytes);
            Console.WriteLine(file);
        }

        return 0;
    }
}
