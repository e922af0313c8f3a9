using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>A map of an object that is not loaded yet: what can still be set.</summary>
public sealed class BpfMapSettings
{
    internal BpfMapSettings(MapSpec spec)
    {
        Spec = spec;
        MaxEntries = spec.MaxEntries;
        Flags = spec.Flags;
    }

    /// <summary>The name in the object.</summary>
    public string Name => Spec.Name;

    /// <summary>The kind of map.</summary>
    public MapType Type => Spec.Type;

    /// <summary>The map as the object defines it.</summary>
    public MapSpec Spec { get; }

    /// <summary>The capacity, in entries; for ring buffers in bytes, rounded up to a power of two of whole pages, for arenas in pages.</summary>
    public uint MaxEntries { get; set; }

    /// <summary>The <c>BPF_F_*</c> flags to create it with (<see cref="BpfMapFlags"/>).</summary>
    public uint Flags { get; set; }

    /// <summary>A map to use in place of a new one, e.g. one that was pinned; null to create it. It stays owned by the caller.</summary>
    /// <remarks>Loading checks that its kind and its key and value sizes are the object's, and says how they differ.</remarks>
    public BpfMap? Reuse { get; set; }

    /// <summary>Where to pin the map when it is loaded and to reuse it from if it is there; null for nowhere.</summary>
    public string? PinPath { get; set; }
}
