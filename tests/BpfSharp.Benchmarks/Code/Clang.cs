namespace BpfSharp.Benchmarks.Code;

/// <summary>Compiles the peers' programs, as their users do.</summary>
internal sealed class Clang : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bpfsharp-peers-").FullName;

    /// <summary>The object of <c>Peers/NAME.bpf.c</c>.</summary>
    /// <exception cref="PeerMissingException">clang-19 or bpftool is not installed, or does not take the file.</exception>
    public string Compile(string name, string cpu)
    {
        string sources = Path.Combine(AppContext.BaseDirectory, "Peers");
        string source = Path.Combine(sources, name + ".bpf.c"), target = Path.Combine(_folder, $"{name}-{cpu}.o");
        if (File.ReadAllText(source).Contains("trace.h", StringComparison.Ordinal)) MakeKernelHeader();
        string machine = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "aarch64" : "x86_64";
        Tool.Run("clang-19", "-O2", "-g", "-target", "bpf", $"-mcpu={cpu}", $"-I/usr/include/{machine}-linux-gnu", $"-I{_folder}", "-c", source, "-o", target);
        return target;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void MakeKernelHeader()
    {
        string header = Path.Combine(_folder, "vmlinux.h");
        if (!File.Exists(header)) File.WriteAllText(header, Tool.Run("bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c"));
    }
}

/// <summary>A peer cannot be measured, so there is nothing to compare with.</summary>
internal sealed class PeerMissingException(string message) : Exception(message);
