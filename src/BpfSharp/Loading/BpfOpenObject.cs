using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Loading;
using BpfSharp.Objects;

namespace BpfSharp;

/// <summary>
/// An object that was opened and not loaded: constants, variables, map sizes and programs can be set. Nothing of it is in the
/// kernel, and it works on any operating system. It can be loaded several times, each time as an object of its own.
/// </summary>
/// <remarks>Not thread-safe: one thread at a time configures and loads it. Different objects are independent, those of the same bytes too.</remarks>
public sealed class BpfOpenObject
{
    private readonly Dictionary<string, BpfMapSettings> _maps;
    private readonly Dictionary<string, BpfProgramSettings> _programs;
    private readonly Dictionary<string, byte[]> _data;

    internal BpfOpenObject(ObjectSpec spec, string name)
    {
        Spec = spec;
        Name = name;
        _maps = spec.Maps.ToDictionary(m => m.Name, m => new BpfMapSettings(m), StringComparer.Ordinal);
        _programs = new(StringComparer.Ordinal);
        foreach (FunctionSpec function in spec.Functions)
            if (function.Section != ".text" && !_programs.TryAdd(function.Name, new BpfProgramSettings(function)))
                throw new ObjectFormatException(function.Section, 0, $"The object has program '{function.Name}' twice.");
        _data = spec.DataSections.ToDictionary(s => s.Name, s => s.Content.AsSpan().ToArray(), StringComparer.Ordinal);
        List<StructOpsSpec> tables = StructOpsSpec.Of(spec);
        foreach (StructOpsSpec table in tables)
            if (!_maps.TryAdd(table.Name, new BpfMapSettings(table, () => SelectPrograms(table)))) throw new ObjectFormatException(table.Section, table.Offset, $"The object has '{table.Name}' twice.");
        foreach (StructOpsSpec table in tables) SelectPrograms(table);
    }

    /// <summary>The object's name, used in messages and for the names of its data sections' maps.</summary>
    public string Name { get; }

    /// <summary>What the object file holds.</summary>
    public ObjectSpec Spec { get; }

    /// <summary>The maps, the tables of functions (<c>struct_ops</c>) among them, without the data sections.</summary>
    public IReadOnlyCollection<BpfMapSettings> Maps => _maps.Values;

    /// <summary>The programs.</summary>
    public IReadOnlyCollection<BpfProgramSettings> Programs => _programs.Values;

    /// <summary>
    /// What loading and attaching needs, with the settings as they are now: kernel, capabilities, types of maps and programs, helpers, kernel functions,
    /// targets. Asks nothing of the machine; <see cref="BpfPlan.Check"/> of the result does.
    /// </summary>
    public BpfPlan Plan() => Planning.PlanBuilder.Build(this);

    /// <summary>The map with a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public BpfMapSettings Map(string name) =>
        _maps.TryGetValue(name, out BpfMapSettings? map) ? map : throw new KeyNotFoundException($"object '{Name}' has no map '{name}'");

    /// <summary>The program with a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public BpfProgramSettings Program(string name) =>
        _programs.TryGetValue(name, out BpfProgramSettings? program)
            ? program : throw new KeyNotFoundException($"object '{Name}' has no program '{name}'");

    /// <summary>
    /// The initial value of a variable or constant. Constants (<c>.rodata</c>) can be set only here; the verifier takes them as
    /// known when the object is loaded.
    /// </summary>
    /// <typeparam name="T">The variable's type.</typeparam>
    /// <param name="section">The data section: <c>.rodata</c>, <c>.data</c> or <c>.bss</c>.</param>
    /// <param name="offset">Bytes from the section's start.</param>
    /// <exception cref="KeyNotFoundException">There is no such section.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The variable does not lie in the section.</exception>
    public ref T Variable<T>(string section, int offset)
        where T : unmanaged =>
        ref Unsafe.As<byte, T>(ref MemoryMarshal.GetReference(Slice(section, offset, Unsafe.SizeOf<T>())));

    /// <summary>The initial value of the variable with a name, as bytes.</summary>
    /// <exception cref="KeyNotFoundException">There is no such variable.</exception>
    public Span<byte> Variable(string name)
    {
        foreach (DataSectionSpec section in Spec.DataSections)
            foreach (VariableSpec variable in section.Variables)
                if (variable.Name == name) return Slice(section.Name, variable.Offset, variable.Size);
        throw new KeyNotFoundException($"object '{Name}' has no variable '{name}'");
    }

    /// <summary>Creates the maps, resolves the relocations and loads the programs. If anything fails, everything is closed again.</summary>
    /// <param name="options">How to load; null for the defaults.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    /// <exception cref="BpfVerifierException">The verifier rejected a program.</exception>
    public BpfObject Load(BpfLoadOptions? options = null) => BpfObject.Load(this, options ?? new BpfLoadOptions());

    /// <summary>A data section's content as it will be loaded.</summary>
    internal ReadOnlySpan<byte> Content(string section) => _data[section];

    /// <summary>A table's programs are loaded if the table is made, or another one that they are in.</summary>
    private void SelectPrograms(StructOpsSpec table)
    {
        foreach (DataRelocationSpec function in table.Functions)
            if (_programs.TryGetValue(function.Function, out BpfProgramSettings? program))
                program.AutoLoad = _maps.Values.Any(m => m.AutoLoad && m.Table?.Uses(program.Name) == true);
    }

    private Span<byte> Slice(string section, int offset, int size)
    {
        if (!_data.TryGetValue(section, out byte[]? data))
            throw new KeyNotFoundException($"object '{Name}' has no section '{section}'");
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)offset + size, data.Length, nameof(offset));
        return data.AsSpan(offset, size);
    }
}
