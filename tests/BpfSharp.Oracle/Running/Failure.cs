namespace BpfSharp.Oracle.Running;

/// <summary>What can go wrong with a program.</summary>
internal enum FailureKind
{
    /// <summary>The C# compiler refuses the program: a mistake of the generator of programs.</summary>
    InvalidProgram,

    /// <summary>BpfSharp reports something of a valid program, or its compiler threw.</summary>
    Diagnostic,

    /// <summary>The same sources gave other bytes.</summary>
    NotDeterministic,

    /// <summary>The verifier gave up: the program is too large for it.</summary>
    Complexity,

    /// <summary>The verifier refused.</summary>
    Rejected,

    /// <summary>Another error while loading or running.</summary>
    Error,

    /// <summary>.NET computes one thing with its optimisations and another without them, which is what the bytecode computes, too.</summary>
    DotnetDiffers,

    /// <summary>The bytecode computes something else than .NET.</summary>
    Difference,
}

/// <summary>A failure of one program.</summary>
/// <param name="Kind">What went wrong.</param>
/// <param name="Name">The program's class.</param>
/// <param name="Signature">What stays the same of the failure while the program is reduced.</param>
/// <param name="Details">All that is known, for a reader.</param>
internal sealed record Failure(FailureKind Kind, string Name, string Signature, string Details);
