using BpfSharp.Kernel;

// Kernel structs have the kernel's names and are declared with the members that the tests read.
#pragma warning disable IDE1006, CS8981, CA1707, CA1712, CA1716
namespace BpfSharp.KernelTests.KernelTypes;

/// <summary>A struct that only the module sunrpc has: a cache that user space fills through a file.</summary>
[KernelType]
internal readonly ref struct cache_detail : IKernelType
{
    public int hash_size => Core.Member<int>();

    [KernelMember(Kind = KernelMemberKind.Pointer)]
    public KernelPointer<byte> name => Core.Member<KernelPointer<byte>>();
}

[KernelType]
internal readonly ref struct cache_head : IKernelType
{
    public long expiry_time => Core.Member<long>();
}

/// <summary>Functions and a tracepoint of the module sunrpc, with arguments of its types.</summary>
[BpfObject(License = "GPL")]
internal sealed partial class ModuleHooks
{
    internal static readonly uint Process;
    internal static CacheSeen begun;
    internal static CacheSeen ended;
    internal static CacheSeen updated;

    [BpfProgram(BpfHook.Fentry, "sunrpc_cache_update")]
    static int Enter(TracingContext ctx, cache_detail cache)
    {
        if (Bpf.CurrentProcessId == Process) Fill(ref begun, cache, 0);
        return 0;
    }

    [BpfProgram(BpfHook.Fexit, "sunrpc:sunrpc_cache_update")]
    static int Leave(TracingContext ctx, cache_detail cache, cache_head made, cache_head old, int hash, cache_head result)
    {
        if (Bpf.CurrentProcessId == Process) Fill(ref ended, cache, result.expiry_time - made.expiry_time);
        return 0;
    }

    [BpfProgram(BpfHook.BtfTracepoint, "cache_entry_update")]
    static int Update(TracingContext ctx, cache_detail cache, cache_head entry)
    {
        if (Bpf.CurrentProcessId == Process) Fill(ref updated, cache, 0);
        return 0;
    }

    static void Fill(ref CacheSeen seen, cache_detail cache, long later)
    {
        seen.Calls++;
        seen.HashSize = cache.hash_size;
        seen.Later = later;
        cache.name.CopyTo(ref seen.Name);
    }
}

/// <summary>What a program saw of a cache.</summary>
internal struct CacheSeen
{
    public long Later;
    public int Calls;
    public int HashSize;
    public Arguments Name;
}
