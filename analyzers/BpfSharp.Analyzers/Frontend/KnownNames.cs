using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Names of the library's types that the front end reads off symbols.</summary>
internal static class KnownNames
{
    /// <summary>The namespace of the kernel-side API.</summary>
    public const string Kernel = "BpfSharp.Kernel";

    /// <summary>The namespace of the attributes that say what kernel-side members compile to.</summary>
    public const string Metadata = "BpfSharp.Kernel.Metadata";

    /// <summary>Marks the class.</summary>
    public const string ObjectAttribute = "BpfSharp.BpfObjectAttribute";

    /// <summary>Marks a program.</summary>
    public const string ProgramAttribute = "BpfSharp.BpfProgramAttribute";

    /// <summary>Marks a function that the verifier checks by itself.</summary>
    public const string GlobalFunctionAttribute = "BpfSharp.BpfGlobalFunctionAttribute";

    /// <summary>Marks a map.</summary>
    public const string MapAttribute = "BpfSharp.BpfMapAttribute";

    /// <summary>Puts a program into a tail-call table.</summary>
    public const string TailCallAttribute = "BpfSharp.BpfTailCallAttribute";

    /// <summary>Marks a context.</summary>
    public const string ContextAttribute = Metadata + ".KernelContextAttribute";

    /// <summary>Marks a property that is a field of a context.</summary>
    public const string ContextFieldAttribute = Metadata + ".KernelContextFieldAttribute";

    /// <summary>Marks a property that is a bit field.</summary>
    public const string BitsAttribute = Metadata + ".KernelBitsAttribute";

    /// <summary>Marks a constructor that sets fields.</summary>
    public const string ConstructorAttribute = Metadata + ".KernelConstructorAttribute";

    /// <summary>Marks what is an intrinsic.</summary>
    public const string IntrinsicAttribute = Metadata + ".KernelIntrinsicAttribute";

    /// <summary>Marks what is a helper call.</summary>
    public const string HelperAttribute = Metadata + ".KernelHelperAttribute";

    /// <summary>Says which map type a class is.</summary>
    public const string MapTypeAttribute = Metadata + ".KernelMapTypeAttribute";

    /// <summary>The kernel-side structs that are one pointer.</summary>
    public static readonly HashSet<string> PointerStructs = ["BpfSharp.Kernel.Ref`1", "BpfSharp.Kernel.Reservation`1", SpinLockScope, ContextSocket, TrackedConnection];

    /// <summary>The context of XDP programs.</summary>
    public const string XdpContext = "BpfSharp.Kernel.XdpContext";

    /// <summary>The socket of a context.</summary>
    public const string ContextSocket = "BpfSharp.Kernel.ContextSocket";

    /// <summary>A lock that is held.</summary>
    public const string SpinLockScope = "BpfSharp.Kernel.SpinLockScope";

    /// <summary>A lock inside a map's value.</summary>
    public const string SpinLock = "BpfSharp.Kernel.BpfSpinLock";

    /// <summary>A timer in a map's value, which like a lock only the kernel touches.</summary>
    public const string Timer = "BpfSharp.Kernel.BpfTimer";

    /// <summary>Marks a type of the kernel.</summary>
    public const string KernelTypeAttribute = Kernel + ".KernelTypeAttribute";

    /// <summary>Says what a member of a kernel type is.</summary>
    public const string KernelMemberAttribute = Kernel + ".KernelMemberAttribute";

    /// <summary>An array in a kernel struct: its address and its length.</summary>
    public const string KernelArray = Kernel + ".KernelArray`1";

    /// <summary>An address in kernel memory.</summary>
    public const string KernelPointer = Kernel + ".KernelPointer";

    /// <summary>An address of values of a type.</summary>
    public const string KernelPointerOf = Kernel + ".KernelPointer`1";

    /// <summary>An address in the memory of the process.</summary>
    public const string UserPointer = Kernel + ".UserPointer";

    /// <summary>An address of values of a type there.</summary>
    public const string UserPointerOf = Kernel + ".UserPointer`1";

    /// <summary>Addresses of other things than kernel structs.</summary>
    public static readonly HashSet<string> KernelPointers = [KernelPointer, KernelPointerOf, UserPointer, UserPointerOf];

    /// <summary>A cursor over a packet: the place and the packet's end.</summary>
    public const string PacketCursor = "BpfSharp.Kernel.PacketCursor";

    /// <summary>A reservation in a ring buffer, which must be submitted or discarded.</summary>
    public const string Reservation = "BpfSharp.Kernel.Reservation`1";

    /// <summary>A connection that the kernel tracks, which must be given back.</summary>
    public const string TrackedConnection = "BpfSharp.Kernel.TrackedConnection";

    /// <summary>Whether a type's variables hold what must be given back on every way out.</summary>
    public static bool MustBeGivenBack(ITypeSymbol type) => type.Is(Reservation) || type.Is(TrackedConnection);
}
