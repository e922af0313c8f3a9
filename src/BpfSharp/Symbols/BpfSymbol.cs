namespace BpfSharp;

/// <summary>What is known of a code address.</summary>
/// <param name="Address">The address.</param>
/// <param name="Name">The function's name as its symbol table has it, "" if it is not known.</param>
/// <param name="Offset">Bytes from the function's start; from the file's or the module's start where the function is not known.</param>
/// <param name="Module">The file's path, the kernel module's name, <c>kernel</c>, <c>[vdso]</c> or <c>[jit]</c>; "" if the address belongs to nothing.</param>
public readonly record struct BpfSymbol(ulong Address, string Name, ulong Offset, string Module)
{
    /// <summary>Whether the function is known.</summary>
    public bool IsKnown => Name.Length > 0;

    /// <summary>The function's name; else its file's name in brackets, as profilers show it; else <c>[unknown]</c>.</summary>
    public string Label =>
        IsKnown ? Name
        : Module.Length == 0 ? "[unknown]"
        : Module[0] == '[' ? Module
        : $"[{Path.GetFileName(Module)}]";

    /// <summary><c>name+0x1a (module)</c>, or the address where nothing is known.</summary>
    public override string ToString() =>
        IsKnown ? $"{Name}+0x{Offset:x} ({Module})"
        : Module.Length > 0 ? $"{Module}+0x{Offset:x}"
        : $"0x{Address:x}";
}
