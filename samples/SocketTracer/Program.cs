using System.Globalization;
using System.Net;
using BpfSharp;
using Samples;

const string Help =
    """
    Shows each change of a TCP socket's state, with its addresses, until Ctrl-C.

    usage: SocketTracer [--seconds N] [--port N]

    It needs Linux 5.10 or newer with BTF, and root (or CAP_BPF and CAP_PERFMON).
    """;

double seconds = 0;
ushort port = 0;
if (args is ["--help" or "-h"])
{
    Console.WriteLine(Help);
    return 0;
}
for (int i = 0; i < args.Length; i += 2)
{
    string value = i + 1 < args.Length ? args[i + 1] : "";
    bool isRight = args[i] switch
    {
        "--seconds" => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out seconds) && seconds is > 0 and < 1e6,
        "--port" => ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port > 0,
        _ => false,
    };
    if (isRight) continue;
    Console.Error.WriteLine($"SocketTracer: '{args[i]} {value}' is not known; see --help");
    return 2;
}

// The states of the kernel's enum in net/tcp_states.h, from 1 on.
string[] states = ["?", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV"];
using var stop = new CancellationTokenSource();
if (seconds > 0) stop.CancelAfter(TimeSpan.FromSeconds(seconds));
Console.CancelKeyPress += (_, e) =>
{
    // The process ends by itself, with what it attached detached.
    e.Cancel = true;
    stop.Cancel();
};
try
{
    using SocketTracer tracer = SocketTracer.Open(o => o.Constants.OnlyPort = port).Load();
    using BpfAttachment attached = tracer.AttachAll();
    Console.WriteLine("Tracing.");
    try
    {
        await foreach (StateChange e in tracer.Maps.Events.ReadAllAsync(stop.Token))
            Console.WriteLine($"{Address(e.Family, e.Local, e.LocalPort)} -> {Address(e.Family, e.Remote, e.RemotePort)} {State(e.OldState)} -> {State(e.NewState)}");
    }
    catch (OperationCanceledException)
    {
        // The end that was asked for.
    }
    if (tracer.Globals.Lost > 0) Console.Error.WriteLine($"SocketTracer: {tracer.Globals.Lost} events lost");
    return 0;
}
catch (BpfException exception)
{
    Console.Error.WriteLine($"SocketTracer: {exception.Message}");
    return 1;
}

string State(int state) => state > 0 && state < states.Length ? states[state] : state.ToString(CultureInfo.InvariantCulture);

static IPEndPoint Address(ushort family, ReadOnlySpan<byte> bytes, ushort port) => new(new IPAddress(family == 2 ? bytes[..4] : bytes), port);
