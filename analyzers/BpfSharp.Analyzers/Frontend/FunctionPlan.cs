using System.Collections.Immutable;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>How an argument reaches a function.</summary>
internal enum Passing
{
    /// <summary>One IR value.</summary>
    Scalar,
    /// <summary>A pointer to a copy that the caller made.</summary>
    Copy,
    /// <summary>The address of the caller's variable.</summary>
    Reference,
}

/// <summary>A parameter of a function that is lowered.</summary>
internal readonly record struct SignatureParameter(IParameterSymbol Symbol, TypeLayout Layout, Passing Passing);

/// <summary>What a function takes and gives, in terms of the IR: a hidden result pointer, <c>this</c>, the parameters.</summary>
internal sealed record FunctionSignature(TypeLayout Result, bool ReturnsReference, TypeLayout? This, ImmutableArray<SignatureParameter> Parameters)
{
    /// <summary>Whether the result is written through a hidden first parameter.</summary>
    public bool HasResultPointer => !ReturnsReference && Result.Kind == LayoutKind.Struct;

    /// <summary>How many IR parameters there are.</summary>
    public int Count => Parameters.Length + (HasResultPointer ? 1 : 0) + (This is null ? 0 : 1);

    /// <summary>The type of the IR function's result.</summary>
    public IrType ReturnType => ReturnsReference ? IrType.Pointer() : HasResultPointer ? IrType.Void : Result.IrType;
}

/// <summary>What a function is called back for.</summary>
internal enum CallbackKind
{
    /// <summary>It is no callback.</summary>
    None,
    /// <summary>The body of <c>Bpf.Loop</c>: index, context.</summary>
    Loop,
    /// <summary>The body of a map's <c>ForEach</c>: map, key, value, context.</summary>
    ForEach,
    /// <summary>What a timer calls: map, key, value.</summary>
    Timer,
    /// <summary>What a user ring buffer's <c>Drain</c> calls: record, context.</summary>
    Drain,
}

/// <summary>A function of the module, to be lowered or lowered already.</summary>
internal sealed class FunctionPlan(IMethodSymbol method, Substitution substitution, FunctionSignature signature, Function function, SyntaxNode syntax)
{
    /// <summary>The constructed method.</summary>
    public IMethodSymbol Method { get; } = method;

    /// <summary>What its type parameters stand for.</summary>
    public Substitution Substitution { get; } = substitution;

    /// <summary>What it takes and gives.</summary>
    public FunctionSignature Signature { get; } = signature;

    /// <summary>The IR.</summary>
    public Function Function { get; } = function;

    /// <summary>Its declaration.</summary>
    public SyntaxNode Syntax { get; } = syntax;

    /// <summary>What the kernel calls it back for.</summary>
    public CallbackKind Callback { get; init; }

    /// <summary>The hook of a program.</summary>
    public Hook? Hook { get; set; }

    /// <summary>The parameters of a program behind its context.</summary>
    public ImmutableArray<SignatureParameter> HookArguments { get; set; } = [];

    /// <summary>What it calls, and where.</summary>
    public List<(FunctionPlan Callee, SyntaxNode At)> Calls { get; } = [];
}
