using BpfSharp.Compiler.Analyses;

namespace BpfSharp.Compiler.IR;

/// <summary>IR that breaks a rule: a bug of the front end or of a pass.</summary>
public sealed class InvalidIrException : Exception
{
    /// <summary>An exception with a message.</summary>
    public InvalidIrException(string message) : base(message) { }

    /// <summary>An exception with a message and a cause.</summary>
    public InvalidIrException(string message, Exception inner) : base(message, inner) { }

    /// <summary>An exception.</summary>
    public InvalidIrException() { }
}

/// <summary>Checks the rules that each module keeps: edges, dominance, types, symbols.</summary>
public static class IrChecker
{
    /// <summary>Checks a module.</summary>
    /// <exception cref="InvalidIrException">A rule is broken; the message has it, the value and the function's text.</exception>
    public static void Check(Module module)
    {
        HashSet<string> functions = [];
        foreach (Function function in module.Functions)
        {
            if (!functions.Add(function.Name)) throw new InvalidIrException($"The function @{function.Name} is there twice.");
        }
        foreach (Function function in module.Functions) Check(function, module);
    }

    /// <summary>Checks a function; calls and symbols only where the module is given.</summary>
    /// <exception cref="InvalidIrException">A rule is broken.</exception>
    public static void Check(Function function, Module? module = null)
    {
        if (function.Blocks.Count == 0) throw new InvalidIrException($"@{function.Name} has no block.");
        Checker checker = new(function, module);
        checker.CheckGraph();
        checker.CheckValues();
    }

    private sealed class Checker(Function function, Module? module)
    {
        private readonly ValueRules _rules = new(function, module);
        private readonly bool[] _defined = new bool[function.ValueCount];
        private readonly int[] _index = new int[function.ValueCount];

        internal void CheckGraph()
        {
            HashSet<Block> blocks = [];
            foreach (Block block in function.Blocks)
            {
                if (!blocks.Add(block)) throw Error(block, null, "the block is listed twice");
            }
            if (function.Entry.Predecessors.Count > 0) throw Error(function.Entry, null, "the entry has predecessors");
            foreach (Block block in function.Blocks)
            {
                if (block.Function != function) throw Error(block, null, "the block belongs to another function");
                if (block.Successors.Distinct().Count() != block.Successors.Count) throw Error(block, null, "a successor is there twice");
                if (block.Predecessors.Distinct().Count() != block.Predecessors.Count) throw Error(block, null, "a predecessor is there twice");
                foreach (Block successor in block.Successors)
                {
                    if (!blocks.Contains(successor)) throw Error(block, null, $"the successor {successor} is not in the function");
                    if (!successor.Predecessors.Contains(block)) throw Error(block, null, $"the successor {successor} does not know it");
                }
                foreach (Block predecessor in block.Predecessors)
                {
                    if (!blocks.Contains(predecessor)) throw Error(block, null, $"the predecessor {predecessor} is not in the function");
                    if (!predecessor.Successors.Contains(block)) throw Error(block, null, $"the predecessor {predecessor} does not know it");
                }
            }
        }

        internal void CheckValues()
        {
            DominatorTree dominators = new(function);
            foreach (Block block in function.Blocks)
            {
                for (int i = 0; i < block.Values.Count; i++)
                {
                    Value value = block.Values[i];
                    if (value.Block != block) throw Error(block, value, "the value does not know its block");
                    if (_defined[value.Id]) throw Error(block, value, "the value is there twice");
                    _defined[value.Id] = true;
                    _index[value.Id] = i;
                }
            }
            foreach (Block block in dominators.ReversePostorder) CheckBlock(block, dominators);
        }

        private void CheckBlock(Block block, DominatorTree dominators)
        {
            if (!block.IsTerminated) throw Error(block, null, "the block has no terminator");
            bool phis = true;
            for (int i = 0; i < block.Values.Count; i++)
            {
                Value value = block.Values[i];
                if (value.Op.Has(OpTraits.Terminator) && i != block.Values.Count - 1) throw Error(block, value, "a terminator inside the block");
                if (value.Op == Op.Phi && !phis) throw Error(block, value, "a phi behind other operations");
                phis &= value.Op == Op.Phi;
                if (_rules.Violation(block, value) is { } violation) throw Error(block, value, violation);
                for (int a = 0; a < value.Arguments.Count; a++) CheckUse(block, value, a, dominators);
            }
        }

        private void CheckUse(Block block, Value value, int argument, DominatorTree dominators)
        {
            Value used = value.Arguments[argument];
            if (used.Id >= _defined.Length || !_defined[used.Id] || used.Block is null) throw Error(block, value, $"the argument %{used.Id} is in no block");
            Block user = value.Op == Op.Phi ? block.Predecessors[argument] : block;
            if (!dominators.IsReachable(user)) return;
            bool dominated = used.Block == user
                ? value.Op == Op.Phi || _index[used.Id] < _index[value.Id]
                : dominators.IsReachable(used.Block) && dominators.Dominates(used.Block, user);
            if (!dominated) throw Error(block, value, $"the argument %{used.Id} does not dominate the use");
        }

        private InvalidIrException Error(Block block, Value? value, string what)
        {
            string where = value is null ? $"{block}" : value.Type.Kind == TypeKind.Void ? $"{block}, {value.Op.Name()} (value {value.Id})" : $"{block}, {value}";
            return new InvalidIrException($"@{function.Name}, {where}: {what}.\n{IrPrinter.Print(function)}");
        }
    }
}
