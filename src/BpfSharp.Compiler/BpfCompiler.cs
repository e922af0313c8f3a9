using System.Collections.Immutable;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects;

namespace BpfSharp.Compiler;

/// <summary>What the code may rely on.</summary>
public sealed record CompilerOptions
{
    /// <summary>The oldest kernel that must take the programs, as <c>(major, minor)</c>; 5.15 unless set.</summary>
    public (int Major, int Minor) MinimumKernel { get; init; } = (5, 15);

    /// <summary>The instruction-set version: 3 (kernel 5.1) or 4 (kernel 6.6); 0 is the newest that <see cref="MinimumKernel"/> has.</summary>
    public int InstructionSet { get; init; }

    /// <summary>Whether the checker runs after every pass.</summary>
    public bool CheckAfterEveryPass { get; init; }
}

/// <summary>Something the compiler found wrong after the front end, at a place in the C# source.</summary>
/// <param name="Id">The diagnostic's id, <c>BPF####</c>.</param>
/// <param name="DebugId">The place.</param>
/// <param name="Arguments">What the message's format takes.</param>
public sealed record CompilerDiagnostic(string Id, int DebugId, ImmutableArray<string> Arguments);

/// <summary>A compiled module.</summary>
/// <param name="Object">The object, null if a diagnostic is an error. Its lines carry debug ids in <see cref="LineSpec.Line"/> until positions are joined.</param>
/// <param name="Diagnostics">What was found wrong.</param>
public sealed record CompilationResult(ObjectSpec? Object, ImmutableArray<CompilerDiagnostic> Diagnostics);
