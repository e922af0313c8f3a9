using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>An array (<c>BPF_MAP_TYPE_ARRAY</c>, kernel 3.19).</summary>
/// <typeparam name="T">The values' type.</typeparam>
[KernelMapType(MapType.Array, View = "BpfArray")]
public sealed class ArrayMap<T> : IndexedMap<T>
    where T : unmanaged
{
    /// <summary>Makes a map of zeros in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">The capacity in entries.</param>
    public ArrayMap(uint maxEntries)
        : base(maxEntries)
    {
    }
}
