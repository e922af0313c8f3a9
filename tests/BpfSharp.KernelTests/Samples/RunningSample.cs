using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace BpfSharp.KernelTests.Samples;

/// <summary>A sample that runs until it is told to end.</summary>
sealed class RunningSample : IDisposable
{
    readonly Process _process;
    readonly Thread _errorReader;
    string _errors = "";
    readonly StringBuilder _output = new();

    /// <summary>Starts a sample and waits until it has written a text, which it does when its programs are attached.</summary>
    public RunningSample(string until, string name, params string[] arguments)
    {
        // It inherits that, and Stop would wait for ever.
        if (IsInterruptIgnored()) throw new InvalidOperationException("SIGINT is ignored in this process, as in background jobs of a shell, so that samples cannot be interrupted; run the tests in the foreground");
        var start = new ProcessStartInfo(Sample.Dotnet, [Sample.PathOf(name), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        _process = Process.Start(start)!;
        // See Command: no pool threads that stay in a namespace.
        _errorReader = new(() => _errors = _process.StandardError.ReadToEnd());
        _errorReader.Start();
        ReadUntil(until);
    }

    static bool IsInterruptIgnored()
    {
        const ulong Interrupt = 1UL << (2 - 1);
        string ignored = File.ReadLines("/proc/self/status").First(static l => l.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..].Trim();
        return (ulong.Parse(ignored, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & Interrupt) != 0;
    }

    /// <summary>Reads what it writes up to a line with a text, and returns that line.</summary>
    public string ReadUntil(string text)
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            _output.AppendLine(line);
            if (line.Contains(text, StringComparison.Ordinal)) return line;
        }

        throw new InvalidOperationException($"the sample ended before it wrote '{text}': {Errors()}{_output}");
    }

    private string Errors()
    {
        _errorReader.Join();
        return _errors;
    }

    /// <summary>Interrupts it as Ctrl-C does; it has to end by itself, without errors. Returns all that it wrote.</summary>
    public string Stop()
    {
        Command.Run("kill", "-INT", $"{_process.Id}");
        _output.Append(_process.StandardOutput.ReadToEnd());
        _process.WaitForExit();
        Assert.Equal("", Errors());
        Assert.Equal(0, _process.ExitCode);
        return _output.ToString();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
