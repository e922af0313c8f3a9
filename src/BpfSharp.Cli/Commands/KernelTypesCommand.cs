using System.CommandLine;
using BpfSharp.Cli.KernelTypes;

namespace BpfSharp.Cli.Commands;

/// <summary><c>dotnet bpf kernel-types</c>: makes the package of kernel types. Not for users.</summary>
internal static class KernelTypesCommand
{
    public static Command Create()
    {
        Argument<string[]> kernels = new("kernels") { Description = "NAME=FILE for each kernel, oldest first.", Arity = ArgumentArity.OneOrMore };
        Option<string> target = Options.Target("The file to write.");
        Command index = new("index", "Merges the types of several kernels into an index.") { kernels, target };
        index.SetAction(result =>
        {
            KernelModel model = TypesCommand.Read([.. result.GetValue(kernels)!.Select(static k => (k[..k.IndexOf('=')], k[(k.IndexOf('=') + 1)..]))]);
            File.WriteAllBytes(result.GetValue(target)!, ModelIndex.Write(model));
            return 0;
        });

        Argument<string> source = new("index");
        Option<string> version = new("--assembly-version") { DefaultValueFactory = static _ => "0.1.0.0" };
        Option<string> output = Options.Target("The assembly to write; its documentation goes beside it.");
        Command assembly = new("assembly", "Writes an index as an assembly.") { source, output, version };
        assembly.SetAction(result =>
        {
            using FileStream file = File.OpenRead(result.GetValue(source)!);
            KernelModel model = ModelIndex.Read(file);
            string path = result.GetValue(output)!, name = Path.GetFileNameWithoutExtension(path);
            File.WriteAllBytes(path, AssemblyWriter.Write(model, name, Version.Parse(result.GetValue(version)!)));
            File.WriteAllBytes(Path.ChangeExtension(path, ".xml"), DocumentationWriter.Write(model, name));
            return 0;
        });
        return new Command("kernel-types", "Makes the package of kernel types.") { index, assembly };
    }
}
