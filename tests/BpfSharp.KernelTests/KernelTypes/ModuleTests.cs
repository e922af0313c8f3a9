using System.Text;
using BpfSharp.KernelTests.Runtime;

namespace BpfSharp.KernelTests.KernelTypes;

/// <summary>Programs at functions and tracepoints of a module, which the kernel's own types do not have.</summary>
public sealed class ModuleTests
{
    [KernelFact(Minimum = "5.11", Needs = KernelNeeds.FentryFexit | KernelNeeds.ModuleTracing | KernelNeeds.NetworkNamespaces)]
    public void FunctionsAndTracepointsOfAModule()
    {
        using ModuleHooks hooks = ModuleHooks.Open(o => o.Constants.Process = (uint)Environment.ProcessId).Load();
        using BpfAttachment attached = hooks.AttachAll();
        FillTheCache();
        foreach (CacheSeen seen in new[] { hooks.Globals.Begun, hooks.Globals.Ended, hooks.Globals.Updated })
            Assert.Equal((1, 256, 0, "auth.unix.ip"), (seen.Calls, seen.HashSize, seen.Later, Text(seen.Name)));
    }

    [ClangFact(Minimum = "5.11", Needs = KernelNeeds.FentryFexit | KernelNeeds.ModuleTracing | KernelNeeds.NetworkNamespaces)]
    public void ProgramsInCAtAModule()
    {
        using BpfObject loaded = Clang.Open("module_tracing").Load();
        using BpfAttachment attached = loaded.AttachAll();
        FillTheCache();
        // Begun, ended, updated; the size of the cache that each saw.
        foreach (int at in new[] { 0, 8, 16 }) Assert.Equal((1, 256), (loaded.ReadGlobal<int>(".bss", at), loaded.ReadGlobal<int>(".bss", at + 4)));
    }

    [KernelFact(Minimum = "5.11", Needs = KernelNeeds.FentryFexit | KernelNeeds.ModuleTracing)]
    public void AModuleThatDoesNotHaveTheFunctionIsNamed()
    {
        BpfOpenObject hooks = BpfObject.Open(ModuleHooks.Image, "ModuleHooks");
        hooks.Program("Enter").Target = "vmlinux:sunrpc_cache_update";
        BpfException e = Assert.Throws<BpfException>(() => hooks.Load().Dispose());
        Assert.Contains("has no 'vmlinux:sunrpc_cache_update' for TraceFentry; did you mean sunrpc_cache_update", e.Message, StringComparison.Ordinal);
    }

    [KernelFact(Minimum = "5.11", Needs = KernelNeeds.FentryFexit | KernelNeeds.ModuleTracing)]
    public void APlanFindsThemInTheModule() => Assert.Empty(ModuleHooks.Open().Plan().Check());

    /// <summary>Adds an address to the addresses that the module knows in a new network namespace, whose cache is empty.</summary>
    private static void FillTheCache() => NetworkNamespace.RunInTemporary(static () =>
    {
        byte[] line = Encoding.ASCII.GetBytes($"nfsd 127.0.0.1 {DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()} bpfsharp\n");
        using FileStream channel = new("/proc/thread-self/net/rpc/auth.unix.ip/channel", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        channel.Write(line);
    });

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..bytes.IndexOf((byte)0)]);
}
