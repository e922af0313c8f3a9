namespace BpfSharp.KernelTests.Samples;

/// <summary>Runs the samples that the build has put beside the tests.</summary>
static class Sample
{
    // The test process is itself run by the dotnet host, in the matrix's VMs as well.
    static readonly string s_dotnet = Path.GetFileName(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";

    /// <summary>Runs a sample to its end and returns what it wrote.</summary>
    /// <exception cref="InvalidOperationException">It ended with another exit code than 0.</exception>
    public static string Run(string name, params string[] arguments) =>
        Command.Run(s_dotnet, [Path.Combine(AppContext.BaseDirectory, name + ".dll"), .. arguments]);
}
