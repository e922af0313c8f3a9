using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>A table of functions in the layout of the running kernel's struct (<c>struct bpf_struct_ops_X</c>, with the kernel's own counters in front).</summary>
/// <param name="Spec">The table in the object.</param>
/// <param name="Target">The kernel's struct.</param>
/// <param name="Value">The map's value, without the functions.</param>
/// <param name="Functions">The programs and where their descriptors go.</param>
internal sealed record StructOpsTable(StructOpsSpec Spec, StructOpsType Target, byte[] Value, IReadOnlyList<StructOpsFunction> Functions)
{
    /// <summary>The first kernel that attaches tables by links.</summary>
    public static readonly KernelVersion LinksSince = new(6, 4);

    /// <summary>The loaded programs of the table, by name: those that were left out or could not be loaded are not in it.</summary>
    public Dictionary<string, BpfProgram> Programs { get; } = new(StringComparer.Ordinal);

    /// <summary>The map's value with the programs' descriptors, as the kernel takes it.</summary>
    /// <exception cref="ObjectDisposedException">A program was disposed.</exception>
    public byte[] Fill()
    {
        byte[] value = [.. Value];
        foreach (StructOpsFunction function in Functions)
            if (Programs.TryGetValue(function.Program, out BpfProgram? program)) BitConverter.TryWriteBytes(value.AsSpan(function.Offset), (long)program.Fd);
        return value;
    }
}

/// <summary>A struct of functions in the running kernel.</summary>
/// <param name="TypeId">The kernel's BTF id of the struct, which its programs are loaded for.</param>
/// <param name="ValueTypeId">The id of the struct around it, which is the map's value.</param>
/// <param name="Module">The BTF of the module that has it, null for the kernel itself.</param>
internal sealed record StructOpsType(int TypeId, int ValueTypeId, BpfHandle? Module);

/// <summary>A program in a table.</summary>
/// <param name="Program">Its name.</param>
/// <param name="Member">The number of the member in the kernel's struct.</param>
/// <param name="Offset">Bytes from the start of the map's value.</param>
internal readonly record struct StructOpsFunction(string Program, int Member, int Offset);
