using BpfSharp.Loading;
using BpfSharp.Objects;
using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>A map of an object that is not loaded yet: what can still be set.</summary>
public sealed class BpfMapSettings
{
    private readonly Action? _changed;
    private bool _autoLoad = true;

    internal BpfMapSettings(MapSpec spec)
    {
        Spec = spec;
        MaxEntries = spec.MaxEntries;
        Flags = spec.Flags;
    }

    /// <summary>The settings of a table of functions.</summary>
    /// <param name="table">The table.</param>
    /// <param name="changed">Called when it is decided anew whether the table is made.</param>
    internal BpfMapSettings(StructOpsSpec table, Action changed) : this(table.Map)
    {
        Table = table;
        _autoLoad = !table.IsOptional;
        _changed = changed;
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

    /// <summary>
    /// Whether it is made with the object; without it, programs that use it cannot be loaded. Tables of functions (<c>struct_ops</c>) in sections whose name begins with '?'
    /// are not made, unless this is set; setting it for a table sets <see cref="BpfProgramSettings.AutoLoad"/> of the table's programs too.
    /// </summary>
    public bool AutoLoad
    {
        get => _autoLoad;
        set
        {
            _autoLoad = value;
            _changed?.Invoke();
        }
    }

    /// <summary>Whether <see cref="BpfObject.AttachAll"/> attaches it, if it is a table of functions (<see cref="BpfStructOps"/>).</summary>
    public bool AutoAttach { get; set; } = true;

    /// <summary>The table of functions that it holds, null for every other map.</summary>
    internal StructOpsSpec? Table { get; }
}
