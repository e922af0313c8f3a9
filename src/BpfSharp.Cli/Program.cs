using System.CommandLine;
using BpfSharp;
using BpfSharp.Cli;
using BpfSharp.Cli.Commands;

RootCommand root = new("Looks into eBPF objects and the assemblies that hold them, and tells on which kernels they run.")
{
    InspectCommand.Create(),
    DisassembleCommand.Create(),
    ExportCommand.Create(),
    TypesCommand.Create(),
    CheckCommand.Create(),
    FeaturesCommand.Create(),
    KernelTypesCommand.Create(),
};

try
{
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is BpfException or FormatException or IOException or UnauthorizedAccessException or BadImageFormatException or CommandException)
{
    Console.Error.WriteLine($"dotnet bpf: {e.Message}");
    return 2;
}
