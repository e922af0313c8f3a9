using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>An array with one value per processor at each index, of which a program sees its own processor's (<c>BPF_MAP_TYPE_PERCPU_ARRAY</c>, kernel 4.6).</summary>
/// <typeparam name="T">The values' type.</typeparam>
[KernelMapType(MapType.PerCpuArray, View = "BpfPerCpuArray")]
public sealed class PerCpuArray<T> : IndexedMap<T>
    where T : unmanaged
{
    /// <summary>Makes a map of zeros in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">The capacity in entries.</param>
    public PerCpuArray(uint maxEntries)
        : base(maxEntries)
    {
    }
}
