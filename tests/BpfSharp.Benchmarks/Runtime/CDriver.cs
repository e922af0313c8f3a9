using System.Diagnostics;
using System.Globalization;
using BpfSharp.Benchmarks.Code;

namespace BpfSharp.Benchmarks.Runtime;

/// <summary>A peer's measuring program in C, built with gcc against libbpf. It runs one round for each line it is given, so that rounds of both sides alternate.</summary>
internal sealed class CDriver : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bpfsharp-peers-").FullName;
    private readonly Process _process;

    /// <summary>Builds <c>Peers/NAME.c</c> and starts it.</summary>
    /// <exception cref="PeerMissingException">gcc or libbpf's headers are not installed.</exception>
    public CDriver(string name, params object[] arguments)
    {
        string target = Path.Combine(_folder, name);
        // A libbpf that was built apart: a prefix with include/ and lib/libbpf.a.
        string[] library = Environment.GetEnvironmentVariable("BPFSHARP_LIBBPF") is { } prefix
            ? [$"-I{prefix}/include", $"{prefix}/lib/libbpf.a", "-lelf", "-lz"] : ["-lbpf"];
        Tool.Run("gcc", ["-O2", "-o", target, Path.Combine(AppContext.BaseDirectory, "Peers", name + ".c"), .. library, "-lpthread"]);
        _process = Process.Start(new ProcessStartInfo(target, arguments.Select(static a => $"{a}")) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    /// <summary>Runs one round of a case.</summary>
    public double Round(string @case)
    {
        _process.StandardInput.WriteLine(@case);
        _process.StandardInput.Flush();
        string answer = _process.StandardOutput.ReadLine() ?? throw new PeerMissingException($"the C driver ended in '{@case}'");
        return double.Parse(answer, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
