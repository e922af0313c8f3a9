using BpfSharp.Loading;

namespace BpfSharp;

/// <summary>How an object is loaded.</summary>
public sealed record BpfLoadOptions
{
    /// <summary>The verifier's log level even for programs that it accepts (1: of those no more than their statistics, 2: all instructions and states, 4: statistics); 0 for none.</summary>
    public uint LogLevel { get; init; }

    /// <summary>Gets each program's name and its verifier log, where <see cref="LogLevel"/> asks for one.</summary>
    public Action<string, string>? LogSink { get; init; }

    /// <summary>
    /// A file with the kernel's types to relocate against (CO-RE) in place of <c>/sys/kernel/btf</c>, for kernels that do not show theirs: raw BTF, or an
    /// ELF file with a <c>.BTF</c> section, of exactly the running kernel. Null for what the kernel shows.
    /// </summary>
    public string? KernelTypes { get; init; }

    /// <summary>Where maps that ask for it (<c>LIBBPF_PIN_BY_NAME</c>) are pinned: <c>/sys/fs/bpf</c> unless set.</summary>
    public string PinRoot { get; init; } = "/sys/fs/bpf";

    /// <summary>Gets each program's name and what goes to the kernel for it.</summary>
    internal Action<string, LinkedProgram>? LinkedSink { get; init; }
}
