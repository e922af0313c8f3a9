using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>Where a variable is kept.</summary>
/// <param name="Slot">The stack slot.</param>
/// <param name="Layout">The variable's type.</param>
/// <param name="IsReference">Whether the slot holds the variable's address (ref locals, ref parameters, structs passed by address).</param>
internal sealed record Variable(Slot Slot, TypeLayout Layout, bool IsReference);

/// <summary>Code that runs when a scope is left: the disposal of a <c>using</c>.</summary>
/// <param name="Outer">The scope around it.</param>
/// <param name="Emit">Emits the code.</param>
internal sealed record Cleanup(Cleanup? Outer, Action Emit)
{
    /// <summary>The block that a fault inside the scope goes to, made when it is first needed.</summary>
    public Block? FaultBlock { get; set; }
}

/// <summary>The state of a method's body while it is lowered; a method that is lowered into its caller has its own.</summary>
internal sealed class Frame(IMethodSymbol method, Substitution substitution, FunctionSignature signature, Frame? caller, Cleanup? cleanup)
{
    /// <summary>The method.</summary>
    public IMethodSymbol Method { get; } = method;

    /// <summary>What its type parameters stand for.</summary>
    public Substitution Substitution { get; } = substitution;

    /// <summary>What it takes and gives.</summary>
    public FunctionSignature Signature { get; } = signature;

    /// <summary>The frame that it is lowered into; null for a function of its own.</summary>
    public Frame? Caller { get; } = caller;

    /// <summary>The frame whose variables it sees too: that of the method around a local function.</summary>
    public Frame? Lexical { get; init; }

    /// <summary>The scopes around the whole body, which a return does not leave.</summary>
    public Cleanup? OuterCleanup { get; } = cleanup;

    /// <summary>The struct that runs a default member of an interface, whose <c>this</c> has the interface's type; null in other methods.</summary>
    public ITypeSymbol? Self { get; init; }

    /// <summary>Locals and parameters.</summary>
    public Dictionary<ISymbol, Variable> Variables { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>Where <c>this</c> is kept: a slot with its address.</summary>
    public Slot? This { get; set; }

    /// <summary>Where the address for the result is kept, or for an inlined body the result itself.</summary>
    public Slot? Result { get; set; }

    /// <summary>Where a return goes; null: it returns from the function.</summary>
    public Block? ReturnBlock { get; set; }

    /// <summary>The blocks of labels, and the scopes that are open there.</summary>
    public Dictionary<ILabelSymbol, (Block Block, Cleanup? Cleanup)> Labels { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>What the member references of object initialisers, <c>with</c> and property patterns are members of, innermost last.</summary>
    public Stack<Value> ImplicitReceivers { get; } = new();

    /// <summary>The values that <c>?.</c> goes on with, innermost last.</summary>
    public Stack<Place> ConditionalInstances { get; } = new();
}
