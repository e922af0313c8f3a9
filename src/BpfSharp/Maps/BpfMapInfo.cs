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

    /// <summary>What only some types have (<c>map_extra</c>, kernel 5.16; null before): a bloom filter's number of hash functions, an arena's address.</summary>
    public ulong? Extra { get; init; }

    /// <summary>The id of the BTF that describes it (<see cref="BpfBtf"/>), 0 if there is none.</summary>
    public uint BtfId { get; init; }

    /// <summary>The key's type in that BTF.</summary>
    public uint KeyTypeId { get; init; }

    /// <summary>The value's type in that BTF.</summary>
    public uint ValueTypeId { get; init; }

    /// <summary>Of a table of functions (struct_ops): the type that the kernel has for it (<c>btf_vmlinux_value_type_id</c>, kernel 5.6); 0 of other maps.</summary>
    public uint KernelValueTypeId { get; init; }

    /// <summary>The BTF in which that type is: the kernel's, or a module's (<c>btf_vmlinux_id</c>, kernel 6.9); null before, and of other maps.</summary>
    public uint? KernelBtfId { get; init; }
}

/// <summary>What the kernel knows of a map beside <see cref="BpfMapInfo"/>: it is in the descriptor's <c>/proc/self/fdinfo</c>.</summary>
/// <param name="MemoryBytes">The memory that it takes in the kernel, in bytes (<c>memlock</c>). Before kernel 6.4 an estimate from its sizes.</param>
/// <param name="IsFrozen">Whether user space cannot change it any more (<see cref="BpfMap.Freeze"/>, kernel 5.2).</param>
public sealed record BpfMapState(long MemoryBytes, bool IsFrozen)
{
    /// <summary>The type of the programs that a program array takes (<c>owner_prog_type</c>); null while it is empty and unused, and of other maps.</summary>
    public ProgramType? OwnerType { get; init; }

    /// <summary>Whether those are compiled to machine code (<c>owner_jited</c>); null as <see cref="OwnerType"/>.</summary>
    public bool? OwnerIsJited { get; init; }
}
