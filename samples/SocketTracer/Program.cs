using System.Globalization;
using System.Net;
using BpfSharp;
using Samples;

// The states of the kernel's enum in net/tcp_states.h, from 1 on.
string[] states = ["?", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV"];
ushort port = 0;
SampleCommand command = new SampleCommand(
    "SocketTracer",
    """
    Shows each change of a TCP socket's state, with its addresses, until Ctrl-C.

    usage: SocketTracer [--seconds N] [--port N]

      --port N      only sockets with the port N on either side
      --seconds N   stop after N seconds
      --help        show this text

    It needs Linux 5.10 or newer with BTF, and root (or CAP_BPF and CAP_PERFMON).
    """)
    .Option("--port", "a number from 1 to 65535", text => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port > 0);
return await command.RunAsync(args, async stop =>
{
    using SocketTracer tracer = SocketTracer.Open(o => o.Constants.OnlyPort = port).Load();
    using BpfAttachment attached = tracer.AttachAll();
    Console.WriteLine("Tracing.");
    try
    {
        await foreach (StateChange e in tracer.Maps.Events.ReadAllAsync(stop))
            Console.WriteLine($"{Address(e.Family, e.Local, e.LocalPort)} -> {Address(e.Family, e.Remote, e.RemotePort)} {State(e.OldState)} -> {State(e.NewState)}");
    }
    finally
    {
        if (tracer.Globals.Missed > 0) Console.WriteLine($"{tracer.Globals.Missed} events had no room");
    }
});

string State(int state) => state > 0 && state < states.Length ? states[state] : state.ToString(CultureInfo.InvariantCulture);

static IPEndPoint Address(ushort family, ReadOnlySpan<byte> bytes, ushort port) => new(new IPAddress(family == 2 ? bytes[..4] : bytes), port);
