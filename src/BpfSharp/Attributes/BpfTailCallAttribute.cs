namespace BpfSharp;

/// <summary>
/// Puts a <c>[BpfProgram]</c> into a tail-call table when the object is loaded, by this library, libbpf and bpftool alike. All programs of a table are of one hook.
/// </summary>
/// <param name="table">The name of a map property of the class, of type <c>ProgramArray</c>: <c>nameof(Stages)</c>.</param>
/// <param name="index">The index in it.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true, Inherited = false)]
public sealed class BpfTailCallAttribute(string table, uint index) : Attribute
{
    /// <summary>The name of the map property.</summary>
    public string Table { get; } = table;

    /// <summary>The index in the table.</summary>
    public uint Index { get; } = index;
}
