using System.Globalization;
using System.Net;
using BpfSharp.Kernel;

namespace Samples;

/// <summary>A network and the zone that it belongs to.</summary>
internal sealed record ZoneLine(string Zone, IPNetwork Network, XdpAction Action);

/// <summary>What becomes of packets from a zone; port 0 is all ports.</summary>
internal sealed record RuleLine(string Zone, IpProtocol Protocol, ushort Port, XdpAction Action);

/// <summary>A policy as its file has it.</summary>
internal sealed record Policy(List<ZoneLine> Zones, List<RuleLine> Rules)
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="SampleException">A line is wrong; the message says which and why.</exception>
    public static Policy Read(string file)
    {
        var policy = new Policy([], []);
        string[] lines = File.ReadAllLines(file);
        for (int i = 0; i < lines.Length; i++)
        {
            string[] words = lines[i].Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0 && policy.Add(words) is { } problem) throw new SampleException($"{file}:{i + 1}: {problem}", isUsage: true);
        }

        return policy;
    }

    private string? Add(string[] words)
    {
        switch (words)
        {
            case ["zone", var name, var network, var action]:
                if (!IPNetwork.TryParse(network, out IPNetwork parsed) || parsed.BaseAddress.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork)
                    return $"'{network}' is not an IPv4 network such as 10.0.0.0/8";
                if (ActionOf(action) is not { } standard) return $"'{action}' is neither pass nor drop";
                Zones.Add(new ZoneLine(name, parsed, standard));
                return null;
            case [var action, var zone, var protocol] when ActionOf(action) is { } verdict:
                return AddRule(verdict, zone, protocol, "0");
            case [var action, var zone, "tcp" or "udp", var port] when ActionOf(action) is { } verdict:
                return AddRule(verdict, zone, words[2], port);
            default:
                return "this is neither 'zone NAME ADDRESS/LENGTH pass|drop' nor 'pass|drop NAME tcp|udp|icmp [PORT]'";
        }
    }

    private string? AddRule(XdpAction action, string zone, string protocol, string port)
    {
        IpProtocol? number = protocol switch { "tcp" => IpProtocol.Tcp, "udp" => IpProtocol.Udp, "icmp" => IpProtocol.Icmp, _ => null };
        if (number is null) return $"'{protocol}' is not tcp, udp or icmp";
        if (Zones.All(z => z.Zone != zone)) return $"there is no zone '{zone}' above";
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort value)) return $"'{port}' is not a port";
        Rules.Add(new RuleLine(zone, number.Value, value, action));
        return null;
    }

    private static XdpAction? ActionOf(string word) => word switch { "pass" => XdpAction.Pass, "drop" => XdpAction.Drop, _ => null };
}
