namespace BpfSharp;

/// <summary>How an object is loaded.</summary>
public sealed record BpfLoadOptions
{
    /// <summary>The verifier's log level even for programs that it accepts (1: instructions, 2: all states, 4: statistics); 0 for none.</summary>
    public uint LogLevel { get; init; }

    /// <summary>Gets each program's name and its verifier log, where <see cref="LogLevel"/> asks for one.</summary>
    public Action<string, string>? LogSink { get; init; }

    /// <summary>Where maps that ask for it (<c>LIBBPF_PIN_BY_NAME</c>) are pinned: <c>/sys/fs/bpf</c> unless set.</summary>
    public string PinRoot { get; init; } = "/sys/fs/bpf";
}
