using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>A call of a member that the front end knows.</summary>
/// <param name="Method">The constructed method or accessor.</param>
/// <param name="Operation">The call.</param>
/// <param name="Instance">The receiver, null if static.</param>
/// <param name="Operands">The arguments in the order of the parameters.</param>
/// <param name="Destination">Where a struct result may be written; null for a temporary.</param>
/// <param name="IsUsed">Whether the result is used.</param>
internal readonly record struct IntrinsicCall(IMethodSymbol Method, IOperation Operation, IOperation? Instance, IOperation[] Operands, Place? Destination, bool IsUsed);

/// <summary>Lowers a call to a value: a scalar, a reference, or the address of a struct; null for void.</summary>
internal delegate Value? Intrinsic(FunctionLowering lowering, IntrinsicCall call);

/// <summary>Lowers a call that gives a bool to a branch.</summary>
internal delegate void ConditionIntrinsic(FunctionLowering lowering, IntrinsicCall call, Block whenTrue, Block whenFalse);
