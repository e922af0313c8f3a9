using BpfSharp.Objects;

namespace BpfSharp;

/// <summary>
/// Marks a <c>static partial</c> property of a <c>[BpfObject]</c> class as a map. Its type is one of the map classes in
/// <c>BpfSharp.Kernel</c>, such as <c>HashMap&lt;TKey, TValue&gt;</c>; the build writes the implementing part.
/// </summary>
[AttributeUsage(AttributeTargets.Property, Inherited = false)]
public sealed class BpfMapAttribute : Attribute
{
    /// <summary>
    /// The capacity in entries; for ring buffers in bytes, a power of two and a multiple of the page size (<c>max_entries</c>), for arenas in pages of 4096 bytes. Storages have none, and a
    /// <c>PerfEventArray</c> without one gets a buffer for each processor.
    /// </summary>
    public uint MaxEntries { get; set; }

    /// <summary>The capacity of the maps in a map of maps; 0 for other maps. Since kernel 5.10 hash maps of another capacity can be put in, too.</summary>
    public uint InnerMaxEntries { get; set; }

    /// <summary>Flags of <c>BPF_MAP_CREATE</c> (<c>BPF_F_*</c>) of the maps in a map of maps, in addition to those that their type needs.</summary>
    public uint InnerFlags { get; set; }

    /// <summary>The map's name in the kernel, which keeps its first 15 characters; the property's name unless set.</summary>
    public string? Name { get; set; }

    /// <summary>Flags of <c>BPF_MAP_CREATE</c> (<c>BPF_F_*</c>), in addition to those that the map's type needs.</summary>
    public uint Flags { get; set; }

    /// <summary>Whether the map is pinned under its name when the object is loaded, and reused from there (<c>LIBBPF_PIN_*</c>).</summary>
    public MapPinning Pinning { get; set; }
}
