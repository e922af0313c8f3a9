using System.Globalization;
using BpfSharp;
using BpfSharp.Objects.Kernel;
using Samples;

const string Help =
    """
    Counts what leaves through a network interface per control group and flow, and holds each control group to a rate, until Ctrl-C.

    usage: TrafficAccounting --interface NAME [--rate N] [--burst N] [--seconds N]

      --interface NAME   the interface; in another network namespace: ip netns exec NAMESPACE TrafficAccounting …
      --rate N           bytes a second and control group, 125000000 unless set
      --burst N          bytes that may leave at once, 1000000 unless set
      --seconds N        stop after N seconds
      --help             show this text

    It needs Linux 5.15 or newer and root (or CAP_BPF and CAP_NET_ADMIN).
    """;

string name = "";
ulong rate = 125_000_000, burst = 1_000_000;
return await new SampleCommand("TrafficAccounting", Help)
    .Option("--interface", "the name of a network interface", text => (name = text).Length > 0)
    .Option("--rate", "a number of bytes from 1 to 10000000000", text => IsNumber(text, 10_000_000_000, out rate))
    .Option("--burst", "a number of bytes from 1 to 10000000000", text => IsNumber(text, 10_000_000_000, out burst))
    .RunAsync(args, async stop =>
    {
        if (name.Length == 0) throw new SampleException("--interface is missing; see --help", isUsage: true);
        using TrafficAccounting accounting = TrafficAccounting.Open(o => (o.Constants.BytesPerSecond, o.Constants.Burst) = (rate, burst)).Load();
        using BpfLink link = accounting.Programs.Account.AttachTc(name, AttachType.TcxEgress);
        await Screen.ShowAsync(new Flows(accounting).Take, stop);
    });

static bool IsNumber(string text, ulong most, out ulong number) =>
    ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0 && number <= most;
