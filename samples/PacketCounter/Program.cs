using BpfSharp;
using Samples;

const string Help =
    """
    Counts the packets that arrive at a network interface, per protocol, until Ctrl-C. The packets pass.

    usage: PacketCounter --interface NAME [--seconds N]

      --interface NAME   the interface; in another network namespace: ip netns exec NAMESPACE PacketCounter …
      --seconds N        stop after N seconds
      --help             show this text

    It needs Linux 5.15 or newer and root (or CAP_BPF and CAP_NET_ADMIN).
    """;

string name = "";
return await new SampleCommand("PacketCounter", Help)
    .Option("--interface", "the name of a network interface", text => (name = text).Length > 0)
    .RunAsync(args, async stop =>
    {
        if (name.Length == 0) throw new SampleException("--interface is missing; see --help", isUsage: true);
        using PacketCounter counter = PacketCounter.Load();
        using BpfLink link = counter.Programs.Count.AttachXdp(name);
        await Screen.ShowAsync(new Rates(counter).Take, stop);
    });
