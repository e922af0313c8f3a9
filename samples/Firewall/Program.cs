using BpfSharp;
using Samples;

const string Help =
    """
    Filters the IPv4 packets that arrive at a network interface by a policy in a file, until Ctrl-C. A change of the file takes effect at once.

    usage: Firewall --interface NAME --policy FILE [--seconds N]

      --interface NAME   the interface; in another network namespace: ip netns exec NAMESPACE Firewall …
      --policy FILE      the policy
      --seconds N        stop after N seconds
      --help             show this text

    A policy has one statement a line; # begins a comment:

      zone NAME ADDRESS/LENGTH pass|drop       who belongs to a zone (the longest prefix counts), and what becomes of packets without a rule
      pass|drop NAME tcp|udp|icmp [PORT]       a rule for packets from a zone, to a port or to all of them

    What comes from no zone is dropped. Other protocols than IPv4 pass.
    It needs Linux 5.15 or newer and root (or CAP_BPF and CAP_NET_ADMIN).
    """;

string name = "", file = "";
return await new SampleCommand("Firewall", Help)
    .Option("--interface", "the name of a network interface", text => (name = text).Length > 0)
    .Option("--policy", "a file", text => (file = text).Length > 0)
    .RunAsync(args, async stop =>
    {
        if (name.Length == 0) throw new SampleException("--interface is missing; see --help", isUsage: true);
        if (file.Length == 0) throw new SampleException("--policy is missing; see --help", isUsage: true);
        Policy policy = Policy.Read(file);
        using Firewall firewall = Firewall.Load();
        var rules = new LivePolicy(firewall, file, policy);
        using BpfLink link = firewall.Programs.Filter.AttachXdp(name);
        Task watch = rules.WatchAsync(stop);
        await Screen.ShowAsync(rules.Table, stop);
        await watch;
    });
