using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Diagnostics;

/// <summary>BPF0001 to BPF0099: how objects, maps, globals and programs are declared.</summary>
internal static partial class BpfDiagnostics
{
    /// <summary>Something in the compiler itself failed.</summary>
    public static readonly DiagnosticDescriptor InternalError = Error("BPF0001", "The compiler failed",
        "The BPF compiler failed on '{0}': {1}; this is a bug in BpfSharp, please report it");

    /// <summary>A <c>[BpfObject]</c> class, or a type around it, is not partial.</summary>
    public static readonly DiagnosticDescriptor NotPartial = Error("BPF0002", "A BPF object must be partial",
        "'{0}' must be partial, because the build adds members to '{1}'");

    /// <summary>A <c>[BpfObject]</c> class is generic, static, abstract or inherits from another class.</summary>
    public static readonly DiagnosticDescriptor UnsupportedClass = Error("BPF0003", "A BPF object must be an ordinary class",
        "'{0}' is {1}; a BPF object must be a class that is not generic, static or abstract and has no base class");

    /// <summary>A map property is not static partial with only a getter.</summary>
    public static readonly DiagnosticDescriptor MapNotStaticPartial = Error("BPF0004", "A map must be a static partial property",
        "Map '{0}' must be declared as 'static partial {1} {0} {{ get; }}'");

    /// <summary>A map property's type is not a map.</summary>
    public static readonly DiagnosticDescriptor NotAMapType = Error("BPF0005", "A map's type must be a map class",
        "'{1}' is not a map, so '{0}' cannot be one; use a map class of BpfSharp.Kernel, such as HashMap<TKey, TValue>");

    /// <summary>A map has no capacity.</summary>
    public static readonly DiagnosticDescriptor MapWithoutCapacity = Error("BPF0006", "A map needs a capacity",
        "Map '{0}' needs MaxEntries, {1}");

    /// <summary>A ring buffer's size is not a power of two of whole pages.</summary>
    public static readonly DiagnosticDescriptor RingBufferSize = Error("BPF0007", "A ring buffer's size must be a power of two of whole pages",
        "Ring buffer '{0}' has {1} bytes; its MaxEntries must be a power of two and at least 4096");

    /// <summary>A program method is not static, is generic, or has no body.</summary>
    public static readonly DiagnosticDescriptor UnsupportedProgramMethod = Error("BPF0008", "A program must be an ordinary static method",
        "Program '{0}' is {1}; a program must be a static method with a body and without type parameters");

    /// <summary>A program's parameters do not fit its hook.</summary>
    public static readonly DiagnosticDescriptor WrongProgramParameters = Error("BPF0009", "A program's parameter must be its hook's context",
        "Program '{0}' for {1} must have one parameter of type {2}");

    /// <summary>A program's return type does not fit.</summary>
    public static readonly DiagnosticDescriptor WrongProgramResult = Error("BPF0010", "A program must return an int or an enum",
        "Program '{0}' returns '{1}'; a program must return int, uint or an enum of that size, such as {2}");

    /// <summary>A hook needs a target.</summary>
    public static readonly DiagnosticDescriptor TargetMissing = Error("BPF0011", "The hook needs a target",
        "Program '{0}' for {1} must name its target, {2}");

    /// <summary>A hook takes no target.</summary>
    public static readonly DiagnosticDescriptor TargetNotTaken = Error("BPF0012", "The hook takes no target",
        "Program '{0}' for {1} cannot have a target in its attribute; it is chosen when the program is attached");

    /// <summary>Two things have the same name in the kernel object or in the generated wrappers.</summary>
    public static readonly DiagnosticDescriptor DuplicateName = Error("BPF0013", "Names in a BPF object must differ",
        "'{0}' and '{1}' would both be called '{2}'; rename one");

    /// <summary>A name is not one that the kernel takes.</summary>
    public static readonly DiagnosticDescriptor InvalidName = Error("BPF0014", "A name must be a C identifier",
        "'{0}' cannot be a name in the kernel; use ASCII letters, digits and '_', not a digit first");

    /// <summary>A member has the name of one that is generated.</summary>
    public static readonly DiagnosticDescriptor ReservedName = Error("BPF0015", "The name is taken by a generated member",
        "'{0}' has the name of a member that the build adds to '{1}'; rename it");

    /// <summary>The fault result does not fit the program's return type.</summary>
    public static readonly DiagnosticDescriptor WrongFaultResult = Error("BPF0016", "The fault result must be a constant of the program's return type",
        "The FaultResult of program '{0}' must be a constant of type '{1}'");

    /// <summary>A <c>[BpfMap]</c> or <c>[BpfProgram]</c> outside a <c>[BpfObject]</c> class.</summary>
    public static readonly DiagnosticDescriptor OutsideObject = Error("BPF0017", "Maps and programs belong in a BPF object",
        "'{0}' has [{1}], but '{2}' is not marked with [BpfObject]");

    /// <summary>The MSBuild property BpfMinimumKernel, or what a <c>[BpfObject]</c> says instead, is not a version.</summary>
    public static readonly DiagnosticDescriptor InvalidMinimumKernel = Error("BPF0018", "BpfMinimumKernel must be a kernel version",
        "{0} is '{1}'; it must be a version such as 5.15, and 5.10 at least");

    /// <summary>A capacity for a map that has none.</summary>
    public static readonly DiagnosticDescriptor MapWithCapacity = Error("BPF0020", "The map takes no capacity",
        "Map '{0}' cannot have MaxEntries: it has a value for each {1} that gets one");

    /// <summary>A type of shared memory whose fields .NET arranges as it likes.</summary>
    public static readonly DiagnosticDescriptor LayoutNotFixed = Error("BPF0029", "Memory that user space shares needs a fixed layout",
        "'{0}' holds '{1}', whose fields .NET puts where it likes; declare a struct or a record struct with these fields");

    /// <summary>The C# compiler has no error any more for what left the programs out.</summary>
    public static readonly DiagnosticDescriptor LeftOut = Make("BPF0030", "Programs use only code that is written",
        "The programs of '{0}' are not compiled: before the generated code was there, they had the error {1}; in a [BpfObject], use only what is written in the project",
        DiagnosticSeverity.Error, WellKnownDiagnosticTags.CompilationEnd);

    private static DiagnosticDescriptor[] Declarations =>
    [
        InternalError, NotPartial, UnsupportedClass, MapNotStaticPartial, NotAMapType, MapWithoutCapacity, RingBufferSize, UnsupportedProgramMethod,
        WrongProgramParameters, WrongProgramResult, TargetMissing, TargetNotTaken, DuplicateName, InvalidName, ReservedName, WrongFaultResult,
        OutsideObject, InvalidMinimumKernel, MapWithCapacity, LayoutNotFixed, LeftOut,
    ];
}
