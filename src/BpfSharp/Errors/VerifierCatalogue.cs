using System.Text.RegularExpressions;
using BpfSharp.Loading;
using C = BpfSharp.BpfVerifierCause;

namespace BpfSharp.Errors;

/// <summary>The kernel's messages and what they mean to a C# programmer.</summary>
internal static class VerifierCatalogue
{
    /// <summary>One cause.</summary>
    /// <param name="Cause">Which.</param>
    /// <param name="Pattern">What the kernel writes, over all its versions.</param>
    /// <param name="Meaning">What it means.</param>
    /// <param name="Fix">What to do.</param>
    internal sealed record Entry(C Cause, Regex Pattern, string Meaning, string Fix);

    /// <summary>What the verifier says where nothing better is known.</summary>
    public static readonly Entry Unknown = new(C.Unknown, new Regex("$^"), "", "");

    // More specific patterns first: "R2 type=map_value expected=map_ptr" is about maps, all other "expected=" about arguments.
    private static readonly Entry[] Entries =
    [
        Of(C.PacketBounds, "invalid access to packet|outside of the packet",
            "the packet may end before what is read here", "read it with TryRead and go on only if it succeeds, and read again after the packet was changed"),
        Of(C.MayBeNull, "_or_null'|on \\w+_or_null|null-check it first|may be NULL here",
            "the result may be absent (the key is not in the map, or there was no room)", "ask first: TryGetRef, TryGetValue or TryReserve"),
        Of(C.License, "GPL-restricted function|GPL compatible|must be GPL",
            "the function is for GPL-compatible programs only", "set [BpfObject(License = \"GPL\")], if that is your licence"),
        Of(C.MapType, "cannot pass map_type|expected=map_ptr|is not compatible with map",
            "the function does not take this type of map", "use the type of map that the function is for"),
        Of(C.HelperNotAllowed, "cannot use helper|(unknown|invalid) func |helper call is not allowed",
            "this helper is not there for programs of this type, or not in this kernel", "use another helper, or a hook that has it"),
        Of(C.KernelFunction, "kernel function .*(not found|is not allowed|not supported)|calling kernel functions? .*not|kfunc",
            "this kernel function is not there, or programs of this type may not call it", "guard the call, or use another hook"),
        Of(C.ContextField, "invalid bpf_context access",
            "the context has no such field for this program type, or it cannot be read or written so", "use a field that this hook offers"),
        Of(C.ModifiedContext, "dereference of modified ctx ptr|modified ctx",
            "the context's address was changed before it was used", "read context fields from the context itself"),
        Of(C.NegativeSize, "min value is negative",
            "the size or index may be negative", "use an unsigned type, or test that it is not negative"),
        Of(C.Unbounded, "unbounded memory access|unbounded max value",
            "the size or index has no upper bound", "compare it with a constant bound just before it is used, or mask it"),
        Of(C.UncheckedArithmetic, "math between .* pointer and register|makes .* pointer be out of bounds|pointer offset .* is not allowed",
            "an offset is added to an address before the verifier knows how large it is", "check the index first, then use it"),
        Of(C.ZeroSize, "invalid zero-sized read|zero-sized",
            "the length may be 0", "test that it is greater than 0"),
        Of(C.UninitialisedStack, "invalid( indirect)? (read|access) (from|to) stack",
            "memory on the stack is read that was never written, padding included", "initialise the whole structure (= default) before it is passed"),
        Of(C.StackBounds, "invalid (unbounded )?(variable-offset )?(write to|access to|indirect access to) stack|invalid stack (off|type)|variable stack (access|read|write)",
            "the stack is accessed outside of its 512 bytes, or at an index that is not known", "use a per-CPU map as scratch memory"),
        Of(C.StackTooLarge, "combined stack size|stack size of \\d+|exceeds max stack",
            "the functions of one call chain together use more than 512 bytes of stack", "make locals smaller, or keep them in a per-CPU map"),
        Of(C.MemoryBounds, "invalid access to (map value|map key|memory|\\w*mem)|invalid access to \\w+, |cannot prove offset \\+ access_size",
            "the index can reach beyond the end of the memory", "compare the index with the length before it is used"),
        Of(C.Misaligned, "misaligned \\w+ access",
            "the access is not aligned to its size", "align the field; do not pack structures that live on the stack"),
        Of(C.ReadOnly, "cannot write into|write into map forbidden|read-only|rdonly",
            "the memory is read-only for programs", "write to a map or a global that is not a constant"),
        Of(C.AddressLeak, "leaks? addr|pointer comparison prohibited|leak",
            "an address of the kernel would become visible", "store the value that is meant, not a pointer to it", unless: "reference leak"),
        Of(C.UnreleasedReference, "Unreleased reference|reference leak|reference has not been|still needs to be released",
            "a reservation or reference is neither submitted nor released on some path", "declare it with `using`, or submit or discard it on every path"),
        Of(C.ReturnValue, "At (program exit|callback return|subprogram exit|async callback)",
            "the result is not one that this hook allows", "return a value of the hook's own result type"),
        Of(C.InfiniteLoop, "infinite loop detected|back-edge",
            "the loop makes no progress that the verifier can see", "give the loop a constant bound, or use Bpf.Range"),
        Of(C.TooComplex, "program is too large|jumps is too complex|too many (subprogs|states|instructions)|program too large",
            "there are too many paths through the program to check them all", "make loops shorter or use Bpf.Loop, and split large functions"),
        Of(C.FunctionArguments, "passes invalid args|is global and|Arg#\\d+ type|arg#\\d+ ",
            "a global function is called with an argument that its declaration does not promise", "make the function static, or pass what it declares"),
        Of(C.PointerArithmetic, "pointer arithmetic|operator .* on pointer prohibited|partial copy of pointer",
            "a pointer is used as a number", "compute with indices, and form the reference last"),
        Of(C.NotAPointer, "invalid mem access '(scalar|inv|imm|unknown)|is an integer scalar here, not a pointer",
            "a number, or a pointer that came from two different branches, is used as an address", "read kernel memory through a kernel handle, and use one reference per branch"),
        Of(C.WrongArgument, "type=\\S* expected=|expected (a )?pointer|reg type unsupported|does not satisfy the verifier contract",
            "an argument is of another kind than the function takes", "pass a reference where one is wanted"),
        Of(C.Uninitialised, "!read_ok|never been initialized on this path|is not readable",
            "a register is read that holds nothing here, such as one that a call has destroyed", "assign the value on every path; if the compiler did this, it is a bug to report"),
        Of(C.BadInstruction, "unknown opcode|unreachable insn|jump out of range|invalid BPF_|uses reserved fields",
            "this kernel does not know the instruction, or it is malformed", "compile for an older kernel: set BpfMinimumKernel to this kernel's version"),
    ];

    // What follows "invalid access to packet" on some kernels and "invalid access to map value" on all: the line before says more.
    private const string Vague = "outside of the allowed memory range";

    /// <summary>What it means that an instruction is reached whose CO-RE relocation has no target in this kernel.</summary>
    public static Entry MissingKernelType(MissingMember missing) => new(C.MissingKernelType, Unknown.Pattern, missing.What, missing.Fix);

    /// <summary>Explains a log: by its reason, else by the lines between the last instruction and it.</summary>
    public static Entry Explain(string reason, string log)
    {
        if (Match(reason) is { } direct) return direct;
        string[] lines = VerifierReport.Before(log).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        for (int i = lines.Length - 1; i >= 0 && !char.IsAsciiDigit(lines[i][0]); i--)
            if (Match(lines[i]) is { } near) return near;
        if (VerifierReport.Read(log) is { } report && Match(report.Reason) is { } told) return told;
        return reason.Contains(Vague, StringComparison.Ordinal) ? Array.Find(Entries, e => e.Cause == C.MemoryBounds)! : Unknown;
    }

    private static Entry? Match(string line) => Array.Find(Entries, e => e.Pattern.IsMatch(line));

    private static Entry Of(C cause, string pattern, string meaning, string fix, string? unless = null) =>
        new(cause, new Regex(unless is null ? pattern : $"^(?!.*({unless})).*({pattern})", RegexOptions.CultureInvariant), meaning, fix);
}
