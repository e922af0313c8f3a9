using System.Globalization;
using System.Runtime.InteropServices;
using BpfSharp;

namespace Samples;

/// <summary>
/// What the samples have in common: --help and --seconds, an end by Ctrl-C with everything detached, one line for what went wrong. The exit code is
/// 0, 1 if it could not be done, 2 if the arguments are wrong.
/// </summary>
internal sealed class SampleCommand(string name, string help)
{
    private readonly Dictionary<string, (string Needs, Func<string, bool> Set)> _options = [];
    private readonly Dictionary<string, Action> _flags = [];
    private double? _seconds;

    /// <summary>Adds an option with a value.</summary>
    /// <param name="option">Its name, e.g. <c>--pid</c>.</param>
    /// <param name="needs">What its value has to be, for the message.</param>
    /// <param name="set">Takes the value; false if it is wrong.</param>
    public SampleCommand Option(string option, string needs, Func<string, bool> set)
    {
        _options.Add(option, (needs, set));
        return this;
    }

    /// <summary>Adds an option without a value.</summary>
    public SampleCommand Flag(string option, Action set)
    {
        _flags.Add(option, set);
        return this;
    }

    /// <summary>Reads the arguments and does what the sample does, until it is done, the time is over or the user ends it.</summary>
    public async Task<int> RunAsync(string[] args, Func<CancellationToken, Task> body)
    {
        Option("--seconds", "a number greater than 0", text =>
        {
            bool isTime = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and < 1e6;
            _seconds = seconds;
            return isTime;
        });
        if (args.Contains("--help") || args.Contains("-h"))
        {
            foreach (string line in help.Split('\n').SelectMany(Wrapped)) Console.WriteLine(line);
            return 0;
        }

        if (Read(args) is { } problem)
        {
            Console.Error.WriteLine($"{name}: {problem}");
            return 2;
        }

        using var stop = new CancellationTokenSource();
        if (_seconds is { } time) stop.CancelAfter(TimeSpan.FromSeconds(time));
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            await body(stop.Token);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception exception) when (exception is BpfException or SampleException or IOException or UnauthorizedAccessException)
        {
            // One line that says what is missing and what to do.
            Console.Error.WriteLine($"{name}: {exception.Message}");
            return exception is SampleException { IsUsage: true } ? 2 : 1;
        }

        void Stop(PosixSignalContext signal)
        {
            // The process ends by itself, with what it attached detached.
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>Reads the number of a process that is there.</summary>
    public static bool TryProcess(string text, out uint process) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out process) && process > 0 && Directory.Exists($"/proc/{process}");

    /// <summary>A line of the help in as many as a terminal of 80 columns needs; what goes on stands below what an option's description began with.</summary>
    private static IEnumerable<string> Wrapped(string line)
    {
        const int Width = 80;
        int indent = line.StartsWith("  ", StringComparison.Ordinal) && line.TrimStart().IndexOf("  ", StringComparison.Ordinal) is var gap and > 0
            ? line.Length - line.TrimStart()[gap..].TrimStart().Length : line.StartsWith("usage", StringComparison.Ordinal) ? 7 : 0;
        while (line.Length > Width && line.LastIndexOf(' ', Width) is var end && end > indent)
        {
            yield return line[..end];
            line = new string(' ', indent) + line[(end + 1)..];
        }

        yield return line;
    }

    /// <summary>Sets what the arguments say; the problem if they are wrong.</summary>
    private string? Read(string[] args)
    {
        for (int i = 0; i < args.Length; i++)
        {
            if (_flags.TryGetValue(args[i], out Action? flag)) flag();
            else if (!_options.TryGetValue(args[i], out (string Needs, Func<string, bool> Set) option)) return $"unknown option '{args[i]}'; see --help";
            else if (i + 1 == args.Length || !option.Set(args[i + 1])) return $"{args[i]} needs {option.Needs}, not '{(i + 1 < args.Length ? args[i + 1] : "")}'; see --help";
            else i++;
        }

        return null;
    }
}

/// <summary>A sample cannot go on; the message is for its user.</summary>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="isUsage">Whether the arguments or a file that the user wrote are wrong.</param>
internal sealed class SampleException(string message, bool isUsage = false) : Exception(message)
{
    /// <summary>Whether the arguments or a file that the user wrote are wrong.</summary>
    public bool IsUsage { get; } = isUsage;
}
