using System.Diagnostics;

namespace BpfSharp.PackageTests;

/// <summary>What a command wrote and how it ended.</summary>
internal sealed record Run(int ExitCode, string Output, string Error)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Runs a command to its end.</summary>
    public static async Task<Run> Of(string file, IEnumerable<string> arguments, string? folder = null, params (string Key, string Value)[] environment)
    {
        using Process process = Start(file, arguments, folder, environment);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Run(process.ExitCode, await output, await error);
    }

    /// <summary>Runs a command that has to succeed.</summary>
    public static async Task<Run> Successfully(string file, IEnumerable<string> arguments, string? folder = null, params (string Key, string Value)[] environment)
    {
        Run run = await Of(file, arguments, folder, environment);
        Assert.True(run.ExitCode == 0, $"{file} {string.Join(' ', arguments)} ended with {run.ExitCode}:\n{run.Output}\n{run.Error}");
        return run;
    }

    public static Process Start(string file, IEnumerable<string> arguments, string? folder = null, params (string Key, string Value)[] environment)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        // The build that runs the tests must not reach into the builds that the tests run.
        foreach (string key in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(key);
        foreach ((string key, string value) in environment) start.Environment[key] = value;
        return Process.Start(start)!;
    }
}
