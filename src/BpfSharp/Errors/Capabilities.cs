using System.Globalization;

namespace BpfSharp.Errors;

/// <summary>The kernel's numbers of the capabilities that eBPF needs.</summary>
internal enum Capability
{
    /// <summary><c>CAP_NET_ADMIN</c>: network programs.</summary>
    NetAdmin = 12,
    /// <summary><c>CAP_SYS_ADMIN</c>: everything, and all there was before kernel 5.8.</summary>
    SysAdmin = 21,
    /// <summary><c>CAP_PERFMON</c>: tracing programs.</summary>
    PerfMon = 38,
    /// <summary><c>CAP_BPF</c>: maps and programs.</summary>
    Bpf = 39,
}

/// <summary>The effective capabilities of the calling thread.</summary>
/// <param name="Mask">The bits of <c>CapEff</c>.</param>
internal readonly record struct Capabilities(ulong Mask)
{
    /// <summary>Reads <c>/proc/thread-self/status</c>; all capabilities if it cannot be read, so that none is blamed wrongly.</summary>
    public static Capabilities Current()
    {
        try
        {
            foreach (string line in File.ReadLines("/proc/thread-self/status"))
            {
                if (!line.StartsWith("CapEff:", StringComparison.Ordinal)) continue;
                return new(ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }

        return new(ulong.MaxValue);
    }

    /// <summary>Whether a capability is effective.</summary>
    public bool Has(Capability capability) => (Mask & (1UL << (int)capability)) != 0;

    /// <summary>The kernel's name of a capability.</summary>
    public static string NameOf(Capability capability) => capability switch
    {
        Capability.NetAdmin => "CAP_NET_ADMIN",
        Capability.PerfMon => "CAP_PERFMON",
        Capability.Bpf => "CAP_BPF",
        _ => "CAP_SYS_ADMIN",
    };
}
