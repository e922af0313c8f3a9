using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>What a function does with the memory that a parameter points to.</summary>
/// <param name="Size">The bytes of the one number that it reads or writes there; 0 if it does neither, -1 if it does something else with the pointer.</param>
/// <param name="IsWritten">Whether it writes.</param>
internal readonly record struct ParameterUse(int Size, bool IsWritten)
{
    /// <summary>Anything may happen to the memory, and the pointer may be kept.</summary>
    internal static readonly ParameterUse Unknown = new(-1, true);

    /// <summary>Whether the memory is one number, which the function reads and nothing else.</summary>
    internal bool IsReadOnlyScalar => Size > 0 && !IsWritten;
}

/// <summary>What functions do with their parameters.</summary>
internal static class ParameterUses
{
    /// <summary>The uses of a function's parameters.</summary>
    /// <param name="function">The function.</param>
    /// <param name="callees">The uses in functions that it calls, by name; what is not there is unknown.</param>
    internal static ParameterUse[] Of(Function function, IReadOnlyDictionary<string, ParameterUse[]> callees)
    {
        ParameterUse[] uses = new ParameterUse[function.Parameters.Count];
        foreach (Value value in function.Blocks.SelectMany(static b => b.Values))
        {
            for (int i = 0; i < value.Arguments.Count; i++)
            {
                if (value.Arguments[i] is { Op: Op.Parameter, Type.IsPointer: true } parameter)
                    uses[parameter.Immediate] = Join(uses[parameter.Immediate], Use(value, i, callees));
            }
        }
        return uses;
    }

    private static ParameterUse Use(Value value, int argument, IReadOnlyDictionary<string, ParameterUse[]> callees) => value switch
    {
        { Op: Op.Load, Immediate: 0, Core: null, Type.IsPointer: false } => new ParameterUse(value.Access.Size(), false),
        { Op: Op.Store, Immediate: 0, Core: null } when argument == 0 && !value.Arguments[1].Type.IsPointer => new ParameterUse(value.Access.Size(), true),
        { Op: Op.CallFunction } when callees.TryGetValue(value.Symbol!, out ParameterUse[]? uses) && argument < uses.Length => uses[argument],
        _ => ParameterUse.Unknown,
    };

    private static ParameterUse Join(ParameterUse a, ParameterUse b) =>
        a.Size == 0 ? b : b.Size == 0 ? a : a.Size == b.Size ? new ParameterUse(a.Size, a.IsWritten || b.IsWritten) : ParameterUse.Unknown;
}
