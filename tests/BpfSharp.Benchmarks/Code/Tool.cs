using System.ComponentModel;
using System.Diagnostics;

namespace BpfSharp.Benchmarks.Code;

/// <summary>Runs the peers' compilers.</summary>
internal static class Tool
{
    /// <summary>Runs a program to its end; what it printed.</summary>
    /// <exception cref="PeerMissingException">It is not installed, or it failed.</exception>
    public static string Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : throw new PeerMissingException($"{program} failed: {errors.Result}");
        }
        catch (Win32Exception)
        {
            throw new PeerMissingException($"{program} is not installed: apt-get install clang-19 gcc bpftool libbpf-dev");
        }
    }
}
