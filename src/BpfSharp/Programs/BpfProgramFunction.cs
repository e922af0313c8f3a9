namespace BpfSharp;

/// <summary>A function of a program in the kernel: its entry, or one that it calls.</summary>
/// <param name="Name">The name in the program's BTF (<c>func_info</c>); empty without BTF.</param>
/// <param name="Index">The function's first instruction among <see cref="BpfProgram.GetInstructions"/>; null without BTF.</param>
/// <param name="TypeId">The function's type in the program's BTF, 0 without.</param>
/// <param name="Tag">A hash of the instructions (<c>prog_tags</c>; of the entry the program's <c>tag</c>), which with the name is the function's symbol in <c>/proc/kallsyms</c>: <c>bpf_prog_TAG_name</c>.</param>
/// <param name="Address">Where its machine code is (<c>jited_ksyms</c>); null if the caller may not see it, or it is interpreted.</param>
/// <param name="MachineCodeLength">Bytes of machine code (<c>jited_func_lens</c>); null as <paramref name="Address"/>.</param>
public sealed record BpfProgramFunction(string Name, int? Index, uint TypeId, ulong Tag, ulong? Address, int? MachineCodeLength);
