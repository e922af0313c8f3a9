using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using BpfSharp.Benchmarks.Code;

namespace BpfSharp.Benchmarks.Runtime;

/// <summary>
/// The time from the start of a process until its program is attached: the sample SyscallCounter with the package, whose libraries have
/// ready-to-run code, the same with everything compiled so, and nothing; next to bcc's hello world, which compiles its program each time.
/// </summary>
internal static class StartSuite
{
    private const int Rounds = 11;
    private const string Python = "/usr/bin/python3", PeerSays = "attached", SampleSays = "CALLS/S";

    /// <summary>Runs the suite; 0 if it was compared.</summary>
    public static int Run()
    {
        string folder = Directory.CreateTempSubdirectory("bpfsharp-start-").FullName;
        try
        {
            string peer = Path.Combine(AppContext.BaseDirectory, "Peers", "hello.py");
            // Once, so that what is missing is said before anything is measured.
            Attached(PeerSays, Python, peer);
            string feed = Path.Combine(folder, "feed");
            Tool.Run("dotnet", "pack", Path.Combine(Metadata("Samples"), "../src/BpfSharp"), "-c", "Release", "-v", "q", "-o", feed);
            (string Name, string Path)[] forms =
            [
                ("package", Publish(folder, "package", """<PackageReference Include="BpfSharp" Version="*" />""", feed)),
                ("all-ready", Publish(folder, "all-ready", Libraries(), feed, readyToRun: true)),
                ("il", Publish(folder, "il", Libraries(), feed)),
            ];
            Console.WriteLine($"{"case",-24} {"ours",14} {"bcc",14} {"",-6} {"ratio",7}   quartiles");
            string[] ratios = [.. forms.Select(f => $"{f.Name}={Comparison.Run(f.Name, Rounds, () => Attached(SampleSays, "dotnet", f.Path), () => Attached(PeerSays, Python, peer), "ms"):f3}")];
            Console.WriteLine($"RATIO start {string.Join(' ', ratios)}");
            return 0;
        }
        catch (PeerMissingException e)
        {
            Console.Error.WriteLine($"start: {e.Message}");
            return 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Milliseconds until a process writes what it writes when it is attached. Then it is ended.</summary>
    private static double Attached(string says, string program, params string[] arguments)
    {
        if (!File.Exists(program) && program == Python) throw new PeerMissingException("python3 is not installed: apt-get install python3-bpfcc");
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string? line;
        do line = process.StandardOutput.ReadLine();
        while (line is not null && !line.Contains(says, StringComparison.Ordinal));
        double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (line is not null) process.Kill();
        process.WaitForExit();
        return line is not null ? time : throw new PeerMissingException(
            $"{program} {arguments[0]} ended before it was attached; bcc needs python3-bpfcc and kernel headers (BCC_KERNEL_SOURCE): {errors.Result}");
    }

    private static string Libraries() =>
        $"""
        <Reference Include="{Path.Combine(AppContext.BaseDirectory, "BpfSharp.dll")};{Path.Combine(AppContext.BaseDirectory, "BpfSharp.Objects.dll")}" />
        <Analyzer Include="{Path.GetDirectoryName(Metadata("Generator"))}/BpfSharp.*.dll" />
        """;

    /// <summary>Publishes the sample from its sources, away from the repository's own build.</summary>
    private static string Publish(string folder, string name, string references, string feed, bool readyToRun = false)
    {
        string project = Directory.CreateDirectory(Path.Combine(folder, name)).FullName, samples = Metadata("Samples");
        File.WriteAllText(Path.Combine(project, "SyscallCounter.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable>
                <AllowUnsafeBlocks>true</AllowUnsafeBlocks><RootNamespace>Samples</RootNamespace><UseAppHost>false</UseAppHost><SelfContained>false</SelfContained>
                <RuntimeIdentifier>{RuntimeInformation.RuntimeIdentifier}</RuntimeIdentifier><PublishReadyToRun>{readyToRun}</PublishReadyToRun>
                <RestoreAdditionalProjectSources>{feed}</RestoreAdditionalProjectSources><RestorePackagesPath>{Path.Combine(folder, "packages")}</RestorePackagesPath>
              </PropertyGroup>
              <ItemGroup>
                <Compile Include="{samples}SyscallCounter/*.cs;{samples}Common/*.cs" />
                <Using Include="BpfSharp" />
                <PackageReference Include="Spectre.Console" Version="{Metadata("Spectre")}" />
                {references}
              </ItemGroup>
            </Project>
            """);
        string output = Path.Combine(project, "out");
        Tool.Run("dotnet", "publish", project, "-c", "Release", "-v", "q", "-o", output);
        return Path.Combine(output, "SyscallCounter.dll");
    }

    private static string Metadata(string key) =>
        typeof(StartSuite).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
