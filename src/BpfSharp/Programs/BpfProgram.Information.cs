using BpfSharp.Objects.Instructions;
using BpfSharp.Programs;
using BpfSharp.Syscalls;

namespace BpfSharp;

public sealed unsafe partial class BpfProgram
{
    /// <summary>What the kernel knows of it now.</summary>
    public BpfProgramInfo Info => KernelProgramInfo.Read(Fd, What);

    /// <summary>Asks for the ids of the maps that it uses, those of its globals too, in the kernel's order (<c>map_ids</c>, kernel 4.15). <see cref="BpfMap.OpenById"/> opens one.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public IReadOnlyList<uint> GetMapIds() => ProgramDetails.MapIds(Fd, What);

    /// <summary>
    /// Asks for its instructions after the verifier's rewriting (<c>xlated_prog_insns</c>, kernel 4.13). Addresses in the kernel are left out of them unless the caller may see such.
    /// </summary>
    /// <returns>The instructions of all its functions; none if the caller has not CAP_BPF (before kernel 5.8: CAP_SYS_ADMIN), or constants in it are hidden (<c>bpf_jit_harden</c>) from a caller who may not see addresses.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public IReadOnlyList<Instruction> GetInstructions() => ProgramDetails.Instructions(Fd, What);

    /// <summary>Asks for its machine code (<c>jited_prog_insns</c>, kernel 4.13): of all its functions, one behind the other, each as long as <see cref="GetFunctions"/> says.</summary>
    /// <returns>
    /// The code; none if the program is interpreted, the caller has not CAP_BPF (before kernel 5.8: CAP_SYS_ADMIN), or may not see addresses in the kernel (<c>/proc/sys/kernel/kptr_restrict</c>).
    /// </returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public byte[] GetMachineCode() => ProgramDetails.MachineCode(Fd, What);

    /// <summary>Asks for its functions, the entry first (<c>func_info</c>, kernel 5.0; <c>prog_tags</c>, kernel 5.1).</summary>
    /// <returns>The functions; none if the caller has not CAP_BPF (before kernel 5.8: CAP_SYS_ADMIN).</returns>
    /// <exception cref="BpfException">It has BTF, and CAP_SYS_ADMIN is missing to read the names there.</exception>
    public IReadOnlyList<BpfProgramFunction> GetFunctions() => ProgramDetails.Functions(Fd, What);

    /// <summary>Asks for the source lines of its instructions (<c>line_info</c>, kernel 5.0), in the order of the instructions. File and text are in the program's BTF.</summary>
    /// <returns>The lines; none if it was loaded without, or the caller has not CAP_BPF (before kernel 5.8: CAP_SYS_ADMIN).</returns>
    /// <exception cref="BpfException">CAP_SYS_ADMIN is missing to read the BTF.</exception>
    public IReadOnlyList<BpfProgramLine> GetLines() => ProgramDetails.Lines(Fd, What);

    /// <summary>Asks for the memory that its instructions take in the kernel, in bytes (<c>memlock</c>), without its machine code. It reads a file of <c>/proc</c>, which must be mounted.</summary>
    /// <exception cref="IOException"><c>/proc</c> cannot be read.</exception>
    public long GetMemoryBytes() => DescriptorFile.Read(_handle).Number("memlock") ?? 0;
}
