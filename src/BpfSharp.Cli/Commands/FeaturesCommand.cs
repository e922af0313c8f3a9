using System.CommandLine;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Cli.Commands;

/// <summary><c>dotnet bpf features</c>: what this kernel offers.</summary>
internal static class FeaturesCommand
{
    public static Command Create()
    {
        Option<bool> json = Options.Json();
        Command command = new("features", "Asks the running kernel what it offers; needs root.") { json };
        command.SetAction(result => Run(result.GetValue(json)));
        return command;
    }

    private static int Run(bool json)
    {
        var programs = Ask(Enum.GetValues<ProgramType>().Where(static t => t != ProgramType.Unspecified), BpfFeatures.Has);
        var maps = Ask(Enum.GetValues<MapType>().Where(static t => t != MapType.Unspecified), BpfFeatures.Has);
        if (json)
        {
            Output.Json(new { Kernel = $"{BpfFeatures.KernelVersion}", KernelTypes = BpfFeatures.HasKernelBtf, Programs = programs, Maps = maps });
            return 0;
        }

        Console.WriteLine($"Linux {BpfFeatures.KernelVersion}; it {(BpfFeatures.HasKernelBtf ? "describes" : "does not describe")} its own types (CO-RE)");
        Output.Table("Program types", ["type", "here"], programs.Select(static p => new[] { p.Key, p.Value }));
        Output.Table("Map types", ["type", "here"], maps.Select(static m => new[] { m.Key, m.Value }));
        return 0;
    }

    private static Dictionary<string, string> Ask<T>(IEnumerable<T> types, Func<T, bool> has)
        where T : struct, Enum => types.Distinct().ToDictionary(static t => t.ToString(), t =>
        {
            try
            {
                return has(t) ? "yes" : "no";
            }
            catch (NotSupportedException)
            {
                return "not known";
            }
        });
}
