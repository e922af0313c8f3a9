namespace BpfSharp;

/// <summary>What may be done through a descriptor of a map, whatever its other descriptors may (kernel 4.15). Programs are not meant: for them the map has <see cref="BpfMapFlags"/>.</summary>
public enum BpfMapAccess
{
    /// <summary>Reading and writing.</summary>
    ReadWrite = 0,

    /// <summary>Lookups and enumeration (<c>BPF_F_RDONLY</c>).</summary>
    ReadOnly = 8,

    /// <summary>Updates and removals (<c>BPF_F_WRONLY</c>).</summary>
    WriteOnly = 16,
}
