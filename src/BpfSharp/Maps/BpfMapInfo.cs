using BpfSharp.Objects.Kernel;

namespace BpfSharp;

/// <summary>What the kernel knows of a map (<c>struct bpf_map_info</c>).</summary>
public sealed record BpfMapInfo
{
    /// <summary>The map's id, unique while it lives.</summary>
    public uint Id { get; init; }

    /// <summary>The name, at most 15 characters.</summary>
    public string Name { get; init; } = "";

    /// <summary>The kind of map.</summary>
    public MapType Type { get; init; }

    /// <summary>Bytes of a key.</summary>
    public int KeySize { get; init; }

    /// <summary>Bytes of a value (of one CPU's value in a per-CPU map).</summary>
    public int ValueSize { get; init; }

    /// <summary>The capacity, in entries (in bytes for ring buffers).</summary>
    public uint MaxEntries { get; init; }

    /// <summary>The <c>BPF_F_*</c> flags it was created with.</summary>
    public uint Flags { get; init; }

    /// <summary>Type-dependent extra data (<c>map_extra</c>, kernel 5.16).</summary>
    public ulong Extra { get; init; }

    /// <summary>The id of the BTF that describes it, 0 if there is none.</summary>
    public uint BtfId { get; init; }

    /// <summary>The key's type in that BTF.</summary>
    public uint KeyTypeId { get; init; }

    /// <summary>The value's type in that BTF.</summary>
    public uint ValueTypeId { get; init; }
}
