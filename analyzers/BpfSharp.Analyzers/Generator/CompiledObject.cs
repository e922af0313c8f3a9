using System.Collections.Immutable;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects;

namespace BpfSharp.Analyzers.Generator;

/// <summary>The outcome of compiling a module's text.</summary>
/// <param name="Object">The object, whose lines carry debug ids; null if something is wrong.</param>
/// <param name="Diagnostics">What is wrong.</param>
internal sealed record CompiledObject(ObjectSpec? Object, ImmutableArray<CompilerDiagnostic> Diagnostics)
{
    /// <summary>What each function takes.</summary>
    public EquatableArray<FunctionReport> Functions { get; init; } = ImmutableArray<FunctionReport>.Empty;

    /// <summary>Compiles a module's text; "" stands for one that the front end found wrong.</summary>
    public static CompiledObject Compile(string ir, CompilerOptions options)
    {
        if (ir.Length == 0) return new CompiledObject(null, []);
        try
        {
            CompilationResult result = BpfCompiler.Compile(IrParser.Parse(ir), options);
            return new CompiledObject(result.Object, result.Diagnostics) { Functions = result.Functions };
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The compiler must not take the wrappers away with it; the message names the failure.
            return new CompiledObject(null, [new CompilerDiagnostic(BpfDiagnostics.InternalError.Id, 0, ["the programs", exception.Describe()])]);
        }
    }
}
