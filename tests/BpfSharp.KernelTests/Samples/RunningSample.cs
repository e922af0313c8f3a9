using System.Diagnostics;
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
        var start = new ProcessStartInfo(Sample.Dotnet, [Sample.PathOf(name), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        _process = Process.Start(start)!;
        // See Command: no pool threads that stay in a namespace.
        _errorReader = new(() => _errors = _process.StandardError.ReadToEnd());
        _errorReader.Start();
        ReadUntil(until);
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
