using System.Diagnostics;

namespace BpfSharp.KernelTests;

/// <summary>Runs tools such as ip and tc.</summary>
public static class Command
{
    /// <summary>Runs a program to its end, in the calling thread's network namespace, and returns what it wrote to standard output.</summary>
    /// <exception cref="InvalidOperationException">It ended with another exit code than 0; the message holds what it wrote to standard error.</exception>
    public static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        // Not ReadToEndAsync: the pool's threads that begin here would stay in this thread's network namespace, and other tests would run on them.
        string errors = "";
        Thread reader = new(() => errors = process.StandardError.ReadToEnd());
        reader.Start();
        string output = process.StandardOutput.ReadToEnd();
        reader.Join();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}: {errors.Trim()}{output.Trim()}");
    }
}
