using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Turns reads and writes of variables into values and phis, after Braun et al., "Simple and Efficient Construction of Static Single
/// Assignment Form": phis are made where a read asks for them, and those that turn out to choose between one value are removed.
/// Blocks are visited in reverse postorder. A variable that was not written reads as 0.
/// </summary>
internal sealed class SsaBuilder(Function function, Replacements replacements, Func<int, IrType> typeOf)
{
    private readonly Dictionary<(int, int), Value> _entry = [];
    private readonly Dictionary<(int, int), Value> _exit = [];
    private readonly List<(Value Phi, int Variable)> _phis = [];
    private readonly Dictionary<IrType, Value> _zeros = [];
    private Dictionary<int, Value> _current = [];
    private Block _block = function.Entry;

    /// <summary>Starts a block.</summary>
    internal void Begin(Block block)
    {
        _block = block;
        _current = [];
    }

    /// <summary>Ends the block that was begun last.</summary>
    internal void End()
    {
        foreach (KeyValuePair<int, Value> pair in _current) _exit[Key(_block, pair.Key)] = pair.Value;
    }

    /// <summary>Writes a variable at the current place.</summary>
    internal void Write(int variable, Value value) => _current[variable] = replacements.Resolve(value);

    /// <summary>Reads a variable at the current place.</summary>
    internal Value Read(int variable)
    {
        if (_current.TryGetValue(variable, out Value? value)) return replacements.Resolve(value);
        value = ReadAtEntry(_block, variable);
        return replacements.Resolve(value);
    }

    /// <summary>Gives the phis their arguments, removes those that choose between one value, and puts the others in their blocks.</summary>
    internal void Finish()
    {
        for (int i = 0; i < _phis.Count; i++)
        {
            (Value phi, int variable) = _phis[i];
            foreach (Block predecessor in phi.Block!.Predecessors) phi.Arguments.Add(ReadAtExit(predecessor, variable));
        }
        List<Value> phis = [.. _phis.Select(static p => p.Phi)];
        foreach (IGrouping<Block, Value> group in phis.GroupBy(static p => p.Block!)) group.Key.Values.InsertRange(0, group);
        List<Value> zeros = [.. _zeros.Values];
        int place = function.Entry.Values.FindIndex(static v => v.Op != Op.Parameter);
        foreach (Value zero in zeros) zero.Block = function.Entry;
        function.Entry.Values.InsertRange(place, zeros);
        TrivialPhis.Remove(function, phis, replacements);
    }

    private Value ReadAtExit(Block block, int variable) =>
        _exit.TryGetValue(Key(block, variable), out Value? value) ? value : ReadAtEntry(block, variable);

    private Value ReadAtEntry(Block block, int variable)
    {
        List<Block>? passed = null;
        Value? value;
        while (true)
        {
            if (_entry.TryGetValue(Key(block, variable), out value)) break;
            if (block.Predecessors.Count == 1)
            {
                (passed ??= []).Add(block);
                block = block.Predecessors[0];
                if (_exit.TryGetValue(Key(block, variable), out value)) break;
                continue;
            }
            if (block.Predecessors.Count == 0)
            {
                value = Zero(typeOf(variable));
            }
            else
            {
                value = function.NewValue(Op.Phi, typeOf(variable));
                value.Block = block;
                _phis.Add((value, variable));
            }
            _entry[Key(block, variable)] = value;
            break;
        }
        if (passed is not null)
        {
            foreach (Block b in passed) _entry[Key(b, variable)] = value;
        }
        return value;
    }

    private Value Zero(IrType type)
    {
        if (!_zeros.TryGetValue(type, out Value? zero)) _zeros[type] = zero = function.NewValue(Op.Const, type);
        return zero;
    }

    private static (int, int) Key(Block block, int variable) => (block.Id, variable);
}
