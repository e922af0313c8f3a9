using System.Globalization;

namespace Samples;

/// <summary>What the command line asks for.</summary>
internal readonly record struct Options(double? Seconds, uint Pid, bool Help)
{
    public const string HelpText =
        """
        Counts system calls in the kernel and shows the processes that make the most, until Ctrl-C.

        usage: SyscallCounter [--seconds N] [--pid N]

          --seconds N   stop after N seconds
          --pid N       count only the process N
          --help        show this text

        It needs Linux 5.15 or newer and root (or CAP_BPF and CAP_PERFMON, with tracefs readable).
        """;

    /// <summary>Reads the arguments; false and the problem if they are wrong.</summary>
    public static bool TryParse(string[] args, out Options options, out string? problem)
    {
        options = default;
        problem = null;
        for (int i = 0; i < args.Length && problem is null; i++)
        {
            string value = i + 1 < args.Length ? args[i + 1] : "";
            switch (args[i])
            {
                case "--help" or "-h":
                    options = options with { Help = true };
                    break;
                case "--seconds" when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and < 1e6:
                    options = options with { Seconds = seconds };
                    i++;
                    break;
                case "--pid" when uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint pid) && pid > 0:
                    options = options with { Pid = pid };
                    i++;
                    break;
                case "--seconds" or "--pid":
                    problem = $"{args[i]} needs a number greater than 0, not '{value}'";
                    break;
                default:
                    problem = $"unknown option '{args[i]}'";
                    break;
            }
        }

        return problem is null;
    }
}
