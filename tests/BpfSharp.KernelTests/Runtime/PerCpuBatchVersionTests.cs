using BpfSharp.Errors;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.KernelTests.Runtime;

/// <summary>Since when kernels have which batches, as docs/internals/runtime.md has it; before that, and without a version, the runtime goes key by key.</summary>
public class PerCpuBatchVersionTests
{
    [KernelTheory]
    [InlineData(MapType.Hash, "5.6", "5.6", "5.6", "5.6")]
    [InlineData(MapType.LruHash, "5.6", "5.6", "5.6", "5.6")]
    [InlineData(MapType.PerCpuHash, "5.6", "5.6", "5.6", "5.6")]
    [InlineData(MapType.LruPerCpuHash, "5.6", "5.6", "5.6", "5.6")]
    [InlineData(MapType.Array, "5.6", "5.6", null, null)]
    [InlineData(MapType.PerCpuArray, "5.13", "5.13", null, null)]
    [InlineData(MapType.LpmTrie, "5.13", "5.13", "5.13", null)]
    public unsafe void KernelsHaveTheirBatchesSince(MapType type, string lookup, string update, string? delete, string? take)
    {
        using BpfMap map = BpfMap.Create(new MapSpec
        {
            Name = "map",
            Type = type,
            KeySize = type == MapType.LpmTrie ? 8 : 4,
            ValueSize = 8,
            MaxEntries = 4,
            Flags = type == MapType.LpmTrie ? BpfMapFlags.NoPreallocation : 0,
        });
        foreach ((BpfCommand command, string? since) in ((BpfCommand, string?)[])
            [(BpfCommand.MapLookupBatch, lookup), (BpfCommand.MapUpdateBatch, update), (BpfCommand.MapDeleteBatch, delete), (BpfCommand.MapLookupAndDeleteBatch, take)])
        {
            // A batch of nothing does nothing.
            MapBatchAttributes attributes = new() { MapFd = map.Fd };
            bool expected = since is not null && RunningKernel.Version >= KernelVersion.Parse(since);
            Assert.Equal((command, expected ? 0 : -(int)Errno.ENOTSUPP), (command, BpfSyscall.MapBatch(command, ref attributes)));
        }
    }
}
