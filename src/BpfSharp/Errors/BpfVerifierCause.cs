namespace BpfSharp;

/// <summary>Why the verifier rejects programs, in the order of how often people meet it.</summary>
public enum BpfVerifierCause
{
    /// <summary>A reason that is not in the catalogue; the kernel's own words are all there is.</summary>
    Unknown,
    /// <summary>A packet is read further than was checked.</summary>
    PacketBounds,
    /// <summary>A number is used as an address.</summary>
    NotAPointer,
    /// <summary>Memory is accessed outside of its bounds.</summary>
    MemoryBounds,
    /// <summary>A size or index may be negative.</summary>
    NegativeSize,
    /// <summary>A size or index has no upper bound.</summary>
    Unbounded,
    /// <summary>An offset was added to a pointer before it was checked.</summary>
    UncheckedArithmetic,
    /// <summary>A register is read that holds nothing.</summary>
    Uninitialised,
    /// <summary>A result that may be absent is used without asking.</summary>
    MayBeNull,
    /// <summary>An access is not aligned.</summary>
    Misaligned,
    /// <summary>An argument is of the wrong kind.</summary>
    WrongArgument,
    /// <summary>A length may be 0.</summary>
    ZeroSize,
    /// <summary>The stack is accessed outside of its bounds.</summary>
    StackBounds,
    /// <summary>Stack memory is read that was never written.</summary>
    UninitialisedStack,
    /// <summary>The helper is not there for this program type, or not in this kernel.</summary>
    HelperNotAllowed,
    /// <summary>The context has no such field for this program type.</summary>
    ContextField,
    /// <summary>The context's address was changed.</summary>
    ModifiedContext,
    /// <summary>A pointer is used as a number.</summary>
    PointerArithmetic,
    /// <summary>A loop does not end, as far as the verifier can see.</summary>
    InfiniteLoop,
    /// <summary>There are too many paths or instructions to verify.</summary>
    TooComplex,
    /// <summary>The functions together use more than 512 bytes of stack.</summary>
    StackTooLarge,
    /// <summary>The result is out of the hook's range.</summary>
    ReturnValue,
    /// <summary>Something that was acquired is not released on a path.</summary>
    UnreleasedReference,
    /// <summary>A global function is called with arguments that it does not declare.</summary>
    FunctionArguments,
    /// <summary>The helper does not take this type of map.</summary>
    MapType,
    /// <summary>The licence does not allow a function.</summary>
    License,
    /// <summary>Memory is written that programs may only read.</summary>
    ReadOnly,
    /// <summary>An address of the kernel would become visible.</summary>
    AddressLeak,
    /// <summary>A kernel function may not be called here, or does not exist.</summary>
    KernelFunction,
    /// <summary>Instructions cannot be reached, or are not known to this kernel.</summary>
    BadInstruction,

    /// <summary>The program uses a struct, member or enum value that this kernel does not have (CO-RE), and does not ask first whether it is there.</summary>
    MissingKernelType,
}
