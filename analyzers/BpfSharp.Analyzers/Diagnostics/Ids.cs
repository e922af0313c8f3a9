namespace BpfSharp.Analyzers.Diagnostics;

/// <summary>The ids that the front end reports. An id is never used again for something else.</summary>
internal static class Ids
{
    /// <summary>Construct is not available in kernel code.</summary>
    public const string UnsupportedConstruct = "BPF0100";

    /// <summary>Type is not available in kernel code.</summary>
    public const string UnsupportedType = "BPF0101";

    /// <summary>Kernel code cannot allocate objects.</summary>
    public const string Allocation = "BPF0102";

    /// <summary>Kernel code cannot use arrays.</summary>
    public const string ArrayUse = "BPF0103";

    /// <summary>Kernel code cannot box values.</summary>
    public const string Boxing = "BPF0104";

    /// <summary>Kernel code cannot capture variables in a lambda.</summary>
    public const string Closure = "BPF0105";

    /// <summary>Kernel code cannot use strings.</summary>
    public const string StringUse = "BPF0106";

    /// <summary>Kernel code cannot use exceptions.</summary>
    public const string ExceptionUse = "BPF0107";

    /// <summary>Kernel code cannot use floating point.</summary>
    public const string FloatingPoint = "BPF0108";

    /// <summary>Kernel code cannot recurse.</summary>
    public const string Recursion = "BPF0109";

    /// <summary>Kernel code cannot dispatch at run time.</summary>
    public const string VirtualCall = "BPF0110";

    /// <summary>Kernel code cannot be asynchronous.</summary>
    public const string Async = "BPF0111";

    /// <summary>Kernel code cannot use iterators.</summary>
    public const string Iterator = "BPF0112";

    /// <summary>Kernel code cannot lock objects.</summary>
    public const string Lock = "BPF0113";

    /// <summary>Kernel code cannot use dynamic.</summary>
    public const string DynamicUse = "BPF0114";

    /// <summary>No source of the called method.</summary>
    public const string NoSource = "BPF0115";

    /// <summary>Kernel code uses no unsafe pointers.</summary>
    public const string UnsafePointer = "BPF0116";

    /// <summary>Kernel code cannot keep delegates.</summary>
    public const string DelegateUse = "BPF0117";

    /// <summary>Kernel code cannot use objects.</summary>
    public const string ReferenceType = "BPF0118";

    /// <summary>Static field is outside of the object.</summary>
    public const string ForeignStaticField = "BPF0119";

    /// <summary>Initial value of a global must be constant.</summary>
    public const string StaticInitializer = "BPF0120";

    /// <summary>Loop never ends.</summary>
    public const string EndlessLoop = "BPF0121";

    /// <summary>Size of stackalloc must be constant.</summary>
    public const string StackallocSize = "BPF0122";

    /// <summary>A reservation cannot be copied.</summary>
    public const string ReservationCopy = "BPF0123";

    /// <summary>Type cannot be kept in kernel memory.</summary>
    public const string MapType = "BPF0124";

    /// <summary>Argument must be a constant.</summary>
    public const string ConstantNeeded = "BPF0125";

    /// <summary>Cannot be printed in kernel code.</summary>
    public const string PrintFormat = "BPF0126";

    /// <summary>Maps cannot be kept in variables.</summary>
    public const string MapUse = "BPF0127";

    /// <summary>Member is not for kernel code.</summary>
    public const string UserSpaceOnly = "BPF0128";

    /// <summary>Not a member of a kernel struct that can be read.</summary>
    public const string KernelMember = "BPF0130";

    /// <summary>Not a kernel type or a member of one.</summary>
    public const string KernelQuestion = "BPF0131";

    /// <summary>A handle of what is in the memory of the process.</summary>
    public const string UserMemory = "BPF0527";

    /// <summary>A place in kernel memory that programs may not write.</summary>
    public const string KernelWrite = "BPF0528";

    /// <summary>Not a type that a hook's argument can have.</summary>
    public const string HookArgument = "BPF0132";

    /// <summary>A spin lock must be entered in a using.</summary>
    public const string LockScope = "BPF0140";

    /// <summary>A spin lock cannot be here.</summary>
    public const string LockPlace = "BPF0141";

    /// <summary>A storage belongs to other objects.</summary>
    public const string StorageOwner = "BPF0142";

    /// <summary>A tail call must return what it gives.</summary>
    public const string TailCallForm = "BPF0150";

    /// <summary>A program cannot be in this tail-call table.</summary>
    public const string TailCallTable = "BPF0151";

    /// <summary>Not a global function.</summary>
    public const string GlobalFunction = "BPF0143";

    /// <summary>An object has one arena.</summary>
    public const string SecondArena = "BPF0523";

    /// <summary>An arena's size.</summary>
    public const string ArenaSize = "BPF0524";

    /// <summary>The compiler failed.</summary>
    public const string InternalError = "BPF0001";
}
