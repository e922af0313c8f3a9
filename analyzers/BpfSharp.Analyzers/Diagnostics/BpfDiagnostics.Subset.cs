using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Diagnostics;

/// <summary>BPF0100 to BPF0499: what programs may contain; the front end reports them by the ids in <see cref="Ids"/>.</summary>
internal static partial class BpfDiagnostics
{
    private static readonly DiagnosticDescriptor UnsupportedConstruct = Error(Ids.UnsupportedConstruct, "Construct is not available in kernel code",
        "{0} is not available in kernel code");

    private static readonly DiagnosticDescriptor KernelMember = Error(Ids.KernelMember, "Not a member of a kernel struct that can be read",
        "'{0}' cannot be read as '{1}'; members of kernel structs are integers, enums with [KernelType], handles with Kind = Pointer or Embedded, KernelArray<T>, KernelPointer<T> and UserPointer<T>");

    private static readonly DiagnosticDescriptor UserMemory = Error(Ids.UserMemory, "No handle stands for memory of user space",
        "'{0}' is in the memory of the process, and a '{1}' reads the kernel's; name the member at once (pointer.Value.member), keep the UserPointer<T>, or declare what points there as one");

    private static readonly DiagnosticDescriptor KernelQuestion = Error(Ids.KernelQuestion, "Not a kernel type or a member of one",
        "'{0}' is nothing that the running kernel can be asked about; name a type with [KernelType], a member of a handle, or a member of an enum with [KernelType]");

    private static readonly DiagnosticDescriptor HookArgument = Error(Ids.HookArgument, "Not a type that a hook's argument can have",
        "The kernel cannot pass '{0}' as '{1}'; parameters behind the context are integers, enums, handles of kernel structs, KernelPointer<T> and UserPointer<T>");

    private static readonly DiagnosticDescriptor UnsupportedType = Error(Ids.UnsupportedType, "Type is not available in kernel code",
        "The type '{0}' cannot be used in kernel code; use integers, bool, char, enums, structs of these and spans");

    private static readonly DiagnosticDescriptor Allocation = Error(Ids.Allocation, "Kernel code cannot allocate objects",
        "Creating a '{0}' allocates memory, which kernel code cannot do; use a struct, or keep the data in a map");

    private static readonly DiagnosticDescriptor ArrayUse = Error(Ids.ArrayUse, "Kernel code cannot use arrays",
        "'{0}' is an array, which lives on the managed heap; use an [InlineArray] struct, a Span<T> over stackalloc, or an ArrayMap<T>");

    private static readonly DiagnosticDescriptor Boxing = Error(Ids.Boxing, "Kernel code cannot box values",
        "Converting '{0}' to '{1}' boxes it, which allocates memory; use a generic method instead of '{1}'");

    private static readonly DiagnosticDescriptor Closure = Error(Ids.Closure, "Kernel code cannot capture variables in a lambda",
        "The lambda captures '{0}', which allocates memory; make it static and pass what it needs");

    private static readonly DiagnosticDescriptor StringUse = Error(Ids.StringUse, "Kernel code cannot use strings",
        "Strings live on the managed heap; use a \"…\"u8 literal with ReadOnlySpan<byte>, or Bpf.Print for messages");

    private static readonly DiagnosticDescriptor ExceptionUse = Error(Ids.ExceptionUse, "Kernel code cannot use exceptions",
        "{0} is not available in kernel code; return a result that says what happened");

    private static readonly DiagnosticDescriptor FloatingPoint = Error(Ids.FloatingPoint, "Kernel code cannot use floating point",
        "'{0}' is a floating-point or decimal type, which the kernel's virtual machine does not have; use integers in a smaller unit");

    private static readonly DiagnosticDescriptor Recursion = Error(Ids.Recursion, "Kernel code cannot recurse",
        "'{0}' calls itself ({1}); kernel code has a fixed stack: use a loop");

    private static readonly DiagnosticDescriptor VirtualCall = Error(Ids.VirtualCall, "Kernel code cannot dispatch at run time",
        "The implementation of '{0}' is only known at run time; call a static method, or use a generic type parameter constrained to the interface");

    private static readonly DiagnosticDescriptor Async = Error(Ids.Async, "Kernel code cannot be asynchronous",
        "async and await are not available in kernel code; hand the work to user space through a ring buffer");

    private static readonly DiagnosticDescriptor Iterator = Error(Ids.Iterator, "Kernel code cannot use iterators",
        "yield allocates an iterator, which kernel code cannot do; use a loop");

    private static readonly DiagnosticDescriptor Lock = Error(Ids.Lock, "Kernel code cannot lock objects",
        "lock needs an object on the managed heap; use Interlocked or a per-CPU map");

    private static readonly DiagnosticDescriptor DynamicUse = Error(Ids.DynamicUse, "Kernel code cannot use dynamic",
        "dynamic binds at run time, which kernel code cannot do; use a static type");

    private static readonly DiagnosticDescriptor NoSource = Error(Ids.NoSource, "No source of the called method",
        "'{0}' has no source in this project and the compiler does not know it; write it in this project, or use what BpfSharp.Kernel, Math, BitOperations, BinaryPrimitives, Interlocked and Span<T> offer");

    private static readonly DiagnosticDescriptor UnsafePointer = Error(Ids.UnsafePointer, "Kernel code uses no unsafe pointers",
        "{0} is unsafe code; use Ref<T>, Span<T>, ref locals or the kernel-side types");

    private static readonly DiagnosticDescriptor DelegateUse = Error(Ids.DelegateUse, "Kernel code cannot keep delegates",
        "'{0}' is a delegate, which lives on the managed heap; call the method directly, or use a static local function");

    private static readonly DiagnosticDescriptor ReferenceType = Error(Ids.ReferenceType, "Kernel code cannot use objects",
        "'{0}' is a class, whose objects live on the managed heap; use a struct");

    private static readonly DiagnosticDescriptor ForeignStaticField = Error(Ids.ForeignStaticField, "Static field is outside of the object",
        "The static field '{0}' is not part of this eBPF object; move it into the [BpfObject] class, or make it const");

    private static readonly DiagnosticDescriptor StaticInitializer = Error(Ids.StaticInitializer, "Initial value of a global must be constant",
        "The initial value of '{0}' is not a constant; set it from user space before the object is loaded");

    private static readonly DiagnosticDescriptor EndlessLoop = Error(Ids.EndlessLoop, "Loop never ends",
        "This loop has no way out, and the kernel's verifier refuses it; give it a bound");

    private static readonly DiagnosticDescriptor StackallocSize = Error(Ids.StackallocSize, "Size of stackalloc must be constant",
        "The size of a stackalloc in kernel code must be a constant from 1 to 512 bytes; use a per-CPU map for more");

    private static readonly DiagnosticDescriptor ReservationCopy = Error(Ids.ReservationCopy, "A reservation cannot be copied",
        "'{0}' holds what has to be given back exactly once (a ring buffer's record, a tracked connection); use the variable that TryReserve or TryFindConnection filled, or pass it by ref");

    private static readonly DiagnosticDescriptor MapType = Error(Ids.MapType, "Type cannot be kept in kernel memory",
        "'{0}' cannot be kept in a map or a global: it holds references");

    private static readonly DiagnosticDescriptor ConstantNeeded = Error(Ids.ConstantNeeded, "Argument must be a constant",
        "The argument '{0}' of '{1}' must be {2}");

    private static readonly DiagnosticDescriptor PrintFormat = Error(Ids.PrintFormat, "Cannot be printed in kernel code",
        "{0} cannot be formatted by the kernel; print integers, bool, char and enums, with no format or 'x'");

    private static readonly DiagnosticDescriptor MapUse = Error(Ids.MapUse, "Maps cannot be kept in variables",
        "A map is used through its property, such as 'Counts.TryGetRef(…)'; {0}");

    private static readonly DiagnosticDescriptor UserSpaceOnly = Error(Ids.UserSpaceOnly, "Member is not for kernel code",
        "'{0}' works in .NET only and is not for kernel code");

    private static readonly DiagnosticDescriptor LockScope = Error(Ids.LockScope, "A spin lock must be entered in a using",
        "'{0}' must be what a using begins with, so that the lock is released on every way out: using (value.Lock.Enter()) …");

    private static readonly DiagnosticDescriptor LockPlace = Error(Ids.LockPlace, "A spin lock cannot be here",
        "'{0}' has a BpfSpinLock or BpfTimer where the kernel allows none; make it a direct field of the value of a HashMap or ArrayMap (a lock also of a storage, a timer of an LruHashMap), one per value");

    private static readonly DiagnosticDescriptor StorageOwner = Error(Ids.StorageOwner, "A storage belongs to other objects",
        "'{0}' is a '{1}', and the values of this map belong to '{2}'");

    private static readonly DiagnosticDescriptor TailCallForm = Error(Ids.TailCallForm, "A tail call must return what it gives",
        "'{0}' must be followed by the return of its result, in the program's own method: if (Stages.TryTailCall(ctx, index, out var result)) return result;");

    private static readonly DiagnosticDescriptor TailCallTable = Error(Ids.TailCallTable, "The program cannot use this tail-call table",
        "'{0}' cannot use the tail-call table '{1}': {2}");

    private static readonly DiagnosticDescriptor GlobalFunction = Error(Ids.GlobalFunction, "Not a global function",
        "The global function '{0}' {1}");

    private static DiagnosticDescriptor[] Subset =>
    [
        UnsupportedConstruct, UnsupportedType, Allocation, ArrayUse, Boxing, Closure, StringUse, ExceptionUse, FloatingPoint,
        Recursion, VirtualCall, Async, Iterator, Lock, DynamicUse, NoSource, UnsafePointer, DelegateUse, ReferenceType,
        ForeignStaticField, StaticInitializer, EndlessLoop, StackallocSize, ReservationCopy, MapType, ConstantNeeded,
        PrintFormat, MapUse, UserSpaceOnly, KernelMember, UserMemory, KernelQuestion, HookArgument, LockScope, LockPlace, StorageOwner,
        TailCallForm, TailCallTable,
        GlobalFunction,
    ];
}
