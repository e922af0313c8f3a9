using System.Reflection;
using BpfSharp.Benchmarks.Code;

namespace BpfSharp.Benchmarks.Build;

/// <summary>Builds a small project with and without a program, without servers that are running already.</summary>
internal static class ProjectBuilds
{
    /// <summary>The milliseconds of a build without and with the program, the fastest of builds in turn.</summary>
    public static (double Without, double With) Measure(string source, int rounds)
    {
        string folder = Directory.CreateTempSubdirectory("bpfsharp-build-").FullName;
        try
        {
            string without = MakeProject(folder, "Without", null), with = MakeProject(folder, "With", source);
            double withoutTime = double.MaxValue, withTime = double.MaxValue;
            for (int i = 0; i < rounds; i++)
            {
                withoutTime = Math.Min(withoutTime, Build(without));
                withTime = Math.Min(withTime, Build(with));
            }
            return (withoutTime, withTime);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string MakeProject(string folder, string name, string? source)
    {
        string project = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        File.WriteAllText(Path.Combine(project, name + ".csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable><AllowUnsafeBlocks>true</AllowUnsafeBlocks></PropertyGroup>
              <ItemGroup>
                <Reference Include="{Path.Combine(AppContext.BaseDirectory, "BpfSharp.dll")}" />
                <Reference Include="{Path.Combine(AppContext.BaseDirectory, "BpfSharp.Objects.dll")}" />
                {string.Concat(Analyzers.Select(static path => $"<Analyzer Include=\"{path}\" />"))}
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(project, "Main.cs"), "Console.WriteLine(\"Hello\");\n");
        if (source is not null) File.WriteAllText(Path.Combine(project, "Program.bpf.cs"), "using BpfSharp;\n" + File.ReadAllText(source));
        Tool.Run("dotnet", "restore", project);
        return project;
    }

    private static double Build(string project) => Elapsed("dotnet", ["build", project, "--no-restore", "--no-incremental", "--nologo", "-v", "q", "-nodeReuse:false", "-p:UseSharedCompilation=false"]);

    /// <summary>What the C# compiler, newly started, takes with the program beyond what it takes without; milliseconds.</summary>
    public static double Cold(string source, int rounds)
    {
        string folder = Directory.CreateTempSubdirectory("bpfsharp-build-").FullName;
        try
        {
            string main = Path.Combine(folder, "Main.cs"), program = Path.Combine(folder, "Program.cs");
            File.WriteAllText(main, "System.Console.WriteLine(1);\n");
            File.WriteAllText(program, "using System;\nusing System.Threading;\nusing BpfSharp;\n" + File.ReadAllText(source));
            string[] arguments =
            [
                "exec", Metadata("Compiler"), "-noconfig", "-nologo", "-nullable", "-debug:embedded", "-out:" + Path.Combine(folder, "Program.dll"),
                .. GeneratorTimer.References.Paths.Select(static path => "-r:" + path), .. Analyzers.Select(static path => "-a:" + path), main,
            ];
            double without = double.MaxValue, with = double.MaxValue;
            for (int i = 0; i < rounds; i++)
            {
                without = Math.Min(without, Elapsed("dotnet", arguments));
                with = Math.Min(with, Elapsed("dotnet", [.. arguments, program]));
            }
            return Math.Max(with - without, 1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Elapsed(string program, string[] arguments) => ChildrenClock.Measure(() => Tool.Run(program, arguments));

    private static IEnumerable<string> Analyzers =>
        Directory.EnumerateFiles(Path.GetDirectoryName(Metadata("Generator"))!, "BpfSharp.*.dll").Order(StringComparer.Ordinal);

    private static string Metadata(string key) =>
        typeof(ProjectBuilds).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
