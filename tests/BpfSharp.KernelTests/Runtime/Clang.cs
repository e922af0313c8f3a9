namespace BpfSharp.KernelTests.Runtime;

/// <summary>Compiles C to objects for tests that need what only a compiler writes, such as BTF.</summary>
internal static class Clang
{
    private const string Head = """
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>
        char LICENSE[] SEC("license") = "GPL";

        """;

    public static BpfOpenObject Compile(KernelSandbox sandbox, string source)
    {
        string code = Path.Combine(sandbox.TemporaryFolder, "test.bpf.c"), file = Path.Combine(sandbox.TemporaryFolder, "test.bpf.o");
        File.WriteAllText(code, Head + source);
        Command.Run(ClangFactAttribute.Clang, "-O2", "-g", "-target", "bpf", "-mcpu=v3", "-I/usr/include/x86_64-linux-gnu", "-c", code, "-o", file);
        return BpfObjectFile.Open(file);
    }
}
