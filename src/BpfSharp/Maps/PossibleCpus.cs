using System.Globalization;
using BpfSharp.Errors;

namespace BpfSharp.Maps;

/// <summary>The CPUs that a per-CPU map has values for: all that could ever be there.</summary>
internal static class PossibleCpus
{
    private static int _count;

    /// <summary>How many there are.</summary>
    /// <exception cref="BpfException">The kernel's list cannot be read.</exception>
    public static int Count
    {
        get
        {
            if (_count == 0) _count = Parse(ErrorHints.ReadLine("/sys/devices/system/cpu/possible"));
            return _count;
        }
    }

    /// <summary>The CPUs that run now.</summary>
    public static IEnumerable<int> Online() => Ranges(ErrorHints.ReadLine("/sys/devices/system/cpu/online")).SelectMany(r => Enumerable.Range(r.First, r.Last - r.First + 1));

    /// <summary>Counts the CPUs of the kernel's list format: "0-3,8,10-11" has seven.</summary>
    internal static int Parse(string list)
    {
        int count = 0;
        foreach ((int first, int last) in Ranges(list)) count += last - first + 1;
        return count;
    }

    private static List<(int First, int Last)> Ranges(string list)
    {
        List<(int, int)> ranges = [];
        foreach (string range in list.Split(','))
        {
            int dash = range.IndexOf('-');
            bool valid = int.TryParse(dash < 0 ? range : range.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out int first);
            int last = first;
            valid &= dash < 0 || int.TryParse(range.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out last);
            if (!valid || last < first)
                throw new BpfException("cannot read the list of CPUs in /sys/devices/system/cpu; mount sysfs at /sys");
            ranges.Add((first, last));
        }

        return ranges;
    }
}
