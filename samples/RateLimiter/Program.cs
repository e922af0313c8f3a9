using System.Globalization;
using BpfSharp;
using Samples;

const string Help =
    """
    Lets each IPv4 address send so many packets a second to a network interface, and drops the rest, until Ctrl-C. A TCP SYN counts as four.

    usage: RateLimiter --interface NAME [--rate N] [--burst N] [--seconds N]

      --interface NAME   the interface; in another network namespace: ip netns exec NAMESPACE RateLimiter …
      --rate N           packets a second and address, 1000 unless set
      --burst N          how many may come at once, 200 unless set
      --seconds N        stop after N seconds
      --help             show this text

    It needs Linux 5.15 or newer and root (or CAP_BPF and CAP_NET_ADMIN).
    """;

string name = "";
ulong rate = 1000, burst = 200;
return await new SampleCommand("RateLimiter", Help)
    .Option("--interface", "the name of a network interface", text => (name = text).Length > 0)
    .Option("--rate", "a number from 1 to 10000000", text => IsNumber(text, 10_000_000, out rate))
    .Option("--burst", "a number from 4 to 1000000", text => IsNumber(text, 1_000_000, out burst) && burst >= 4)
    .RunAsync(args, async stop =>
    {
        if (name.Length == 0) throw new SampleException("--interface is missing; see --help", isUsage: true);
        using RateLimiter limiter = RateLimiter.Open(o => (o.Constants.PacketsPerSecond, o.Constants.Burst) = (rate, burst)).Load();
        using BpfLink link = limiter.Programs.Limit.AttachXdp(name);
        await Screen.ShowAsync(() => Sources.Take(limiter), stop);
    });

static bool IsNumber(string text, ulong most, out ulong number) =>
    ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0 && number <= most;
