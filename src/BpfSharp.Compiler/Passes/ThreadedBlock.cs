using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Leads some ways into a block past it, straight to a successor. The block's pure operations are copied to a new block on each such way, and
/// what the successors use of them becomes a choice between the copies and the originals.
/// </summary>
internal sealed class ThreadedBlock(Function function, Block block, Users users)
{
    private readonly List<(Block Way, Dictionary<Value, Value> Values)> _ways = [];
    private readonly List<Value> _outside = [];

    internal void Thread(List<(Block From, Block To)> threads)
    {
        foreach (Value value in block.Values)
        {
            if (value.Op.Has(OpTraits.Terminator) || !IsUsedOutside(value)) continue;
            if (value.Op != Op.Phi && value.Arguments.Count == 0) MakeAnew(value);
            else _outside.Add(value);
        }
        foreach ((Block from, Block to) in threads) AddWay(from, to);
        foreach (Value value in _outside) Repair(value);
    }

    private void AddWay(Block from, Block to)
    {
        Block way = function.AddBlock();
        Dictionary<Value, Value> values = [];
        int edge = block.Predecessors.IndexOf(from);
        foreach (Value phi in block.Phis) values[phi] = phi.Arguments[edge];
        Emitter emit = new(function);
        foreach (Value value in block.Values)
        {
            if (value.Op == Op.Phi || value.Op.Has(OpTraits.Terminator)) continue;
            emit.At(way, value.DebugId);
            Value[] arguments = [.. value.Arguments.Select(a => values.TryGetValue(a, out Value? mapped) ? mapped : a)];
            if (ConstantFolder.TryFold(value.Op, value.Type, arguments, out long constant))
            {
                values[value] = emit.Const(value.Type, constant);
                continue;
            }
            Value copy = function.NewValue(value.Op, value.Type, arguments);
            copy.Immediate = value.Immediate;
            copy.Symbol = value.Symbol;
            copy.Core = value.Core;
            copy.Name = value.Name;
            values[value] = emit.Put(copy);
            users.Add(copy);
        }
        from.RedirectSuccessor(block, way);
        Value jump = function.NewValue(Op.Jump, IrType.Void);
        jump.DebugId = block.Terminator.DebugId;
        int through = to.Predecessors.IndexOf(block);
        way.Terminate(jump, to);
        foreach (Value phi in to.Phis)
        {
            Value argument = phi.Arguments[through];
            if (values.TryGetValue(argument, out Value? mapped)) argument = mapped;
            phi.Arguments.Add(argument);
            users.Add(phi, argument);
        }
        _ways.Add((way, values));
    }

    /// <summary>A constant or address is made again where it is used: no phi is to choose between equal addresses.</summary>
    private void MakeAnew(Value leaf)
    {
        Dictionary<Block, Value> copies = [];
        foreach (Value user in users.Of(leaf).ToArray())
        {
            if (user.Block is null) continue;
            for (int i = 0; i < user.Arguments.Count; i++)
            {
                Block place = user.Op == Op.Phi ? user.Block.Predecessors[i] : user.Block;
                if (user.Arguments[i] != leaf || place == block) continue;
                if (!copies.TryGetValue(place, out Value? copy))
                {
                    copies[place] = copy = function.NewValue(leaf.Op, leaf.Type);
                    copy.Immediate = leaf.Immediate;
                    copy.Symbol = leaf.Symbol;
                    copy.Core = leaf.Core;
                    copy.Name = leaf.Name;
                    copy.DebugId = leaf.DebugId;
                    place.Insert(place.Phis.Count(), copy);
                }
                user.Arguments[i] = copy;
                users.Add(user, copy);
            }
        }
    }

    private bool IsUsedOutside(Value value)
    {
        foreach (Value user in users.Of(value))
        {
            if (user.Block is null || (user.Block == block && user.Op != Op.Phi)) continue;
            if (user.Op != Op.Phi) return true;
            for (int i = 0; i < user.Arguments.Count; i++)
            {
                if (user.Arguments[i] == value && user.Block.Predecessors[i] != block) return true;
            }
        }
        return false;
    }

    /// <summary>Gives each use of a value outside the block the definition that reaches it.</summary>
    private void Repair(Value value)
    {
        Dictionary<Block, Value> atExit = new() { [block] = value };
        foreach ((Block way, Dictionary<Value, Value> values) in _ways) atExit[way] = values[value];
        ReachingValue reaching = new(function, value.Type, atExit, users);
        foreach (Value user in users.Of(value).ToArray())
        {
            if (user.Block is null || (user.Op != Op.Phi && (user.Block == block || atExit.ContainsKey(user.Block)))) continue;
            for (int i = 0; i < user.Arguments.Count; i++)
            {
                if (user.Arguments[i] != value) continue;
                Value reached = user.Op == Op.Phi ? reaching.AtExit(user.Block.Predecessors[i]) : reaching.AtEntry(user.Block);
                if (reached == value) continue;
                user.Arguments[i] = reached;
                users.Add(user, reached);
            }
        }
    }
}
