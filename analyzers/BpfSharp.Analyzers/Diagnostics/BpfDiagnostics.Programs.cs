using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Diagnostics;

/// <summary>BPF0500 to BPF0599: what the compiler finds in whole programs after the front end.</summary>
internal static partial class BpfDiagnostics
{
    /// <summary>A function's locals do not fit in the kernel's stack.</summary>
    public static readonly DiagnosticDescriptor StackTooLarge = Error("BPF0501", "The stack frame is too large",
        "'{0}' needs {1} bytes of stack, and the kernel allows 512; the largest are {2}; keep large values in a per-CPU array");

    /// <summary>A function has more code than a branch can span.</summary>
    public static readonly DiagnosticDescriptor FunctionTooLarge = Error("BPF0502", "The function is too large",
        "'{0}' has so many instructions that a branch cannot span them; split it");

    /// <summary>A function that can fault is called in a way that cannot pass the fault on.</summary>
    public static readonly DiagnosticDescriptor FaultCannotPropagate = Error("BPF0503", "The function cannot end the program",
        "'{0}' can fault and has 5 parameters, which leaves no room to tell its caller so; pass fewer, or let it be inlined with [MethodImpl(MethodImplOptions.AggressiveInlining)]");

    /// <summary>A helper that programs of this kind do not have.</summary>
    public static readonly DiagnosticDescriptor HelperNotOffered = Error("BPF0504", "The hook does not have this helper",
        "The kernel does not offer '{0}' to '{1}' programs; do this in a program for another hook, or in user space");

    /// <summary>A helper that the oldest kernel does not have.</summary>
    public static readonly DiagnosticDescriptor HelperTooNew = Error("BPF0505", "The oldest kernel does not have this helper",
        "'{0}' is there for '{1}' programs from Linux {2} on, and BpfMinimumKernel is {3}; raise it, or do without");

    /// <summary>A helper that needs a licence.</summary>
    public static readonly DiagnosticDescriptor HelperNeedsGpl = Error("BPF0506", "The helper needs a GPL-compatible licence",
        "The kernel offers '{0}' only to programs under a licence compatible with the GPL; write [BpfObject(License = \"GPL\")] or \"Dual MIT/GPL\"");

    /// <summary>A loop that the kernel runs only from a later version on.</summary>
    public static readonly DiagnosticDescriptor TooManyRounds = Error("BPF0507", "The loop has too many rounds for the oldest kernel",
        "The loop has {0} rounds and can have {1} with BpfMinimumKernel {2}; raise it to 5.17 or later for up to 8388608 rounds, or loop fewer times");

    /// <summary>A call while a spin lock is held.</summary>
    public static readonly DiagnosticDescriptor CallUnderLock = Error("BPF0510", "Nothing can be called while a spin lock is held",
        "This calls '{0}', which the kernel forbids while the lock is held; call it before, or after the using ends");

    /// <summary>A map that programs of this kind may not use.</summary>
    public static readonly DiagnosticDescriptor MapNotOffered = Error("BPF0511", "The hook's programs cannot use this map",
        "The kernel keeps maps with a {1} in their values, such as '{0}', from '{2}' programs{3}; keep what they need in another map");

    /// <summary>A tail call where the verifier allows none.</summary>
    public static readonly DiagnosticDescriptor TailCallPlace = Error("BPF0515", "No tail call is possible here",
        "The kernel refuses a tail call {0}");

    /// <summary>A chain of calls that does not fit in the kernel's stack.</summary>
    public static readonly DiagnosticDescriptor ChainTooDeep = Error("BPF0508", "The chain of calls is too deep",
        "The chain of calls {0} takes {1}{2}; let functions be inlined, or keep large values in a per-CPU array");

    /// <summary>Memory for a helper whose start and length both vary.</summary>
    public static readonly DiagnosticDescriptor MemoryVaries = Error("BPF0529", "The start and the length of the memory both vary",
        "'{0}' gets memory whose start and length both vary, and the kernel does not see that it ends in time; give the slice a constant length (Slice(start, 16)), or let it start at a constant place ([..length])");

    /// <summary>A timer that is initialised with another map.</summary>
    public static readonly DiagnosticDescriptor TimerOfAnotherMap = Error("BPF0516", "A timer belongs to the map that it is in",
        "The timer is in a value of '{0}', and the kernel wants the same map here instead of '{1}'");

    /// <summary>A global function that cannot tell its callers of a fault.</summary>
    public static readonly DiagnosticDescriptor GlobalFunctionFault = Error("BPF0512", "The global function cannot end the program",
        "'{0}' can fault, and a result of 64 bits leaves no room to tell its callers so; let it return 32 bits, and the rest through a ref parameter");

    /// <summary>A parameter of a global function that older kernels do not have.</summary>
    public static readonly DiagnosticDescriptor GlobalFunctionTooNew = Error("BPF0513", "The oldest kernel does not have this parameter of a global function",
        "The kernel passes the global function '{0}' the address '{1}' from Linux {2} on, and BpfMinimumKernel is {3}; raise it, or pass integers");

    /// <summary>An argument of a global function that the kernel does not pass on.</summary>
    public static readonly DiagnosticDescriptor GlobalFunctionArgument = Error("BPF0514", "A global function gets memory that can be written",
        "'{0}' of the global function '{1}' cannot be memory {2}; copy it to a variable and pass that");

    /// <summary>A type of map that the oldest kernel does not have.</summary>
    public static readonly DiagnosticDescriptor MapTooNew = Error("BPF0520", "The oldest kernel does not have this map",
        "Map '{0}' ({1}) is there from Linux {2} on, and the oldest kernel is {3}; write [BpfObject(MinimumKernel = \"{2}\")] or raise BpfMinimumKernel, or do without");

    /// <summary>A helper that wants a kernel object, and an address of which the kernel knows nothing.</summary>
    public static readonly DiagnosticDescriptor HandleUnknown = Error("BPF0521", "The kernel must know the object",
        "'{0}' takes only objects whose type the kernel knows: arguments of hooks that the kernel declares, the current task, and what is read from them in the same function");

    /// <summary>A map that programs that may sleep cannot use.</summary>
    public static readonly DiagnosticDescriptor MapForbidden = Error("BPF0522", "The hook cannot use this map",
        "'{2}' programs may sleep, and the kernel {3} that they use a {1} such as '{0}'");

    /// <summary>A second arena in an object.</summary>
    public static readonly DiagnosticDescriptor SecondArena = Error(Ids.SecondArena, "An object has one arena",
        "'{0}' is a second arena beside '{1}', and the kernel gives programs one; put both into one struct, or the other into an object of its own");

    /// <summary>An arena that has no room for an element, or too much.</summary>
    public static readonly DiagnosticDescriptor ArenaSize = Error(Ids.ArenaSize, "An arena holds from one element to 4 GiB",
        "Arena '{0}' has {1} pages of 4096 bytes (MaxEntries), and must hold from 1 to 2147483647 elements of type '{2}' in 1048560 pages at most");

    /// <summary>A reference that is into an arena on one way and elsewhere on another.</summary>
    public static readonly DiagnosticDescriptor MixedReference = Error("BPF0525", "A reference is into an arena always or never",
        "{0} refers to an element of the arena on one way and to other memory on another, which the kernel refuses in one instruction; copy the value to a variable, or write the code twice");

    /// <summary>A write to kernel memory that the verifier would refuse.</summary>
    public static readonly DiagnosticDescriptor KernelWrite = Error(Ids.KernelWrite, "The kernel does not let the program write this", "'{0}' cannot be written: {1}");

    private static DiagnosticDescriptor[] Programs =>
        [
            StackTooLarge, FunctionTooLarge, FaultCannotPropagate, HelperNotOffered, HelperTooNew, HelperNeedsGpl, TooManyRounds, ChainTooDeep, MemoryVaries, CallUnderLock, MapNotOffered,
            GlobalFunctionFault, GlobalFunctionTooNew, GlobalFunctionArgument, TimerOfAnotherMap, MapTooNew, HandleUnknown, MapForbidden, TailCallPlace, SecondArena, ArenaSize, MixedReference, KernelWrite,
        ];
}
