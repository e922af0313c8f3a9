using System.Globalization;
using System.Text;
using BpfSharp;
using Samples;

var command = new SampleCommand(
    "ProcessTree",
    """
    Shows each program that is started, with the processes above it, until Ctrl-C.

    usage: ProcessTree [--seconds N]

      --seconds N   stop after N seconds
      --help        show this text

    It needs Linux 5.10 or newer with BTF, and root (or CAP_BPF and CAP_PERFMON).
    """);
return await command.RunAsync(args, async stop =>
{
    using ProcessTree tree = ProcessTree.Load();
    using BpfAttachment attached = tree.AttachAll();
    Console.WriteLine("Tracing.");
    try
    {
        await foreach (Started e in tree.Maps.Events.ReadAllAsync(stop)) Console.WriteLine(Describe(e));
    }
    finally
    {
        if (tree.Globals.Missed > 0) Console.WriteLine($"{tree.Globals.Missed} events had no room");
    }
});

static string Describe(in Started e)
{
    var line = new StringBuilder();
    for (int i = e.Depth - 1; i >= 0; i--) line.Append(CultureInfo.InvariantCulture, $"{Text(e.Ancestors[i].Name)}({e.Ancestors[i].ProcessId}) > ");
    return line.Append(CultureInfo.InvariantCulture, $"{Text(e.Name)}({e.ProcessId}) {Text(e.Path)}").ToString();
}

static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..Math.Max(bytes.IndexOf((byte)0), 0)]);
