using System.Diagnostics;

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

    /// <summary>Starts a sample that says "Tracing." when it is ready, does something, and ends it when it has said enough; returns its lines.</summary>
    public static List<string> Watch(string name, string[] arguments, Action act, Func<List<string>, bool> isEnough)
    {
        var start = new ProcessStartInfo(Dotnet, [PathOf(name), .. arguments]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        try
        {
            List<string> lines = [];
            string? line;
            while ((line = process.StandardOutput.ReadLine()) is not (null or "Tracing.")) lines.Add(line);
            if (line is null) throw new InvalidOperationException($"{name} ended before it traced: {string.Join('\n', lines)}");
            act();
            while (!isEnough(lines) && (line = process.StandardOutput.ReadLine()) is not null) lines.Add(line);
            return lines;
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }
}
