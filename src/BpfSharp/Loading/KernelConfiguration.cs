using System.IO.Compression;
using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Loading;

/// <summary>The running kernel's settings: <c>/boot/config-*</c> or <c>/proc/config.gz</c>, and what the loader itself finds out.</summary>
internal static class KernelConfiguration
{
    private const int AttachCookieHelper = 174;

    /// <summary>The content of an object's configuration section.</summary>
    /// <exception cref="BpfException">A required setting is not known, or does not fit.</exception>
    public static byte[] Fill(ExternTable externs)
    {
        byte[] content = new byte[externs.ConfigSize];
        Dictionary<string, ConfigSymbol> wanted = new(StringComparer.Ordinal);
        foreach (ConfigSymbol symbol in externs.Config)
        {
            if (symbol.Name.StartsWith("CONFIG_", StringComparison.Ordinal)) wanted.Add(symbol.Name, symbol);
            else if (Own(symbol.Name) is { } value) symbol.Write(value, content);
            else if (!symbol.IsWeak || !symbol.Name.StartsWith("LINUX_", StringComparison.Ordinal))
                throw new BpfException($"the extern '{symbol.Name}' (__kconfig) is no setting of the kernel's configuration (CONFIG_*), and none that the loader knows");
        }

        if (wanted.Count == 0) return content;
        string[] settings = Read();
        foreach (string line in settings)
        {
            int separator = line.IndexOf('=', StringComparison.Ordinal);
            if (separator > 0 && wanted.Remove(line[..separator], out ConfigSymbol? symbol)) symbol.Write(line[(separator + 1)..], content);
        }

        foreach (ConfigSymbol symbol in wanted.Values)
        {
            if (!symbol.IsWeak)
                throw new BpfException($"the extern '{symbol.Name}' (__kconfig) is not set in the running kernel's configuration{(settings.Length == 0 ? ", which neither /boot nor /proc/config.gz has" : "")}; declare it __weak if it may be missing");
        }

        return content;
    }

    private static string? Own(string name) => name switch
    {
        "LINUX_KERNEL_VERSION" => RunningKernel.Version.Code.ToString(),
        "LINUX_HAS_BPF_COOKIE" => BpfFeatures.HasHelper(ProgramType.Tracepoint, AttachCookieHelper) ? "1" : "0",
        // Of the architectures that are supported, both wrap system calls in functions that take pt_regs, since 4.17 and 4.19.
        "LINUX_HAS_SYSCALL_WRAPPER" => "1",
        _ => null,
    };

    private static string[] Read()
    {
        string path = $"/boot/config-{RunningKernel.Release}";
        if (File.Exists(path)) return File.ReadAllLines(path);
        const string Packed = "/proc/config.gz";
        if (!File.Exists(Packed)) return [];
        using StreamReader reader = new(new GZipStream(File.OpenRead(Packed), CompressionMode.Decompress));
        return reader.ReadToEnd().Split('\n');
    }
}
