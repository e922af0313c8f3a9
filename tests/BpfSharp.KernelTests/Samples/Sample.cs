namespace BpfSharp.KernelTests.Samples;

/// <summary>Runs the samples that the build has put beside the tests.</summary>
static class Sample
{
    /// <summary>The host: the test process is itself run by it, in the matrix's VMs as well.</summary>
    public static readonly string Dotnet = Path.GetFileName(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";

    /// <summary>A sample's assembly.</summary>
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, name + ".dll");

    /// <summary>Runs a sample to its end and returns what it wrote.</summary>
    /// <exception cref="InvalidOperationException">It ended with another exit code than 0.</exception>
    public static string Run(string name, params string[] arguments) => Command.Run(Dotnet, [PathOf(name), .. arguments]);

    /// <summary>The last line of an output that has a text, in words.</summary>
    public static string[] LastLine(string output, string text) =>
        output.Split('\n').Last(l => l.Contains(text, StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
