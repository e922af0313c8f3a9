using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Target;

/// <summary>
/// Counts the faults of each program that has a counter: a global of the name <c>__faults_</c> and the program's. It runs behind the propagation of
/// faults, so that one that happens in a function is counted where it ends the program.
/// </summary>
internal static class FaultCounting
{
    private const string Prefix = "__faults_";

    /// <summary>Puts an atomic addition in front of the faults of <paramref name="module"/>'s programs. All of a program go to one place.</summary>
    public static void Run(Module module)
    {
        HashSet<string> counters = [.. module.Globals.Select(static g => g.Name).Where(static n => n.StartsWith(Prefix, StringComparison.Ordinal))];
        if (counters.Count == 0) return;
        foreach (Function function in module.Functions)
        {
            if (!function.IsProgram || !counters.Contains(Prefix + function.Name)) continue;
            Block? last = null;
            foreach (Block block in function.Blocks.Where(static b => b.Terminator.Op == Op.Fault).ToList())
            {
                last ??= Counted(function, Prefix + function.Name, block.Terminator.DebugId);
                Value jump = function.NewValue(Op.Jump, IrType.Void);
                jump.DebugId = block.Terminator.DebugId;
                block.ReplaceTerminator(jump, last);
            }
        }
    }

    private static Block Counted(Function function, string counter, int debugId)
    {
        Block block = function.AddBlock();
        Value address = New(Op.GlobalAddress, IrType.Pointer(Region.Data));
        address.Symbol = counter;
        Value one = New(Op.Const, IrType.I64);
        one.Immediate = 1;
        Value add = New(Op.AtomicAdd, IrType.Void, address, one);
        add.Access = Access.U64;
        block.Append(address);
        block.Append(one);
        block.Append(add);
        block.Terminate(New(Op.Fault, IrType.Void));
        return block;

        Value New(Op op, IrType type, params Value[] arguments)
        {
            Value value = function.NewValue(op, type, arguments);
            value.DebugId = debugId;
            return value;
        }
    }
}
