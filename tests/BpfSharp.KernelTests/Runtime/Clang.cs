namespace BpfSharp.KernelTests.Runtime;

/// <summary>
/// Objects that clang compiled from the folder Clang when the tests were built, for tests that need what only a compiler writes, such as BTF.
/// </summary>
internal static class Clang
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "clang");

    /// <summary>Whether clang was there when the tests were built.</summary>
    public static bool WasThere => Directory.Exists(s_folder);

    /// <summary>A library that clang compiled for this machine, for user-space probes.</summary>
    public static string Library(string name) => Path.Combine(s_folder, name + ".so");

    public static BpfOpenObject Open(string name) => BpfObjectFile.Open(Path.Combine(s_folder, name + ".bpf.o"));
}
