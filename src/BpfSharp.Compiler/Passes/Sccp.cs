using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Sparse conditional constant propagation (Wegman and Zadeck): finds the values that are constant on all paths that can be taken.
/// </summary>
internal static class Sccp
{
    internal static void Run(Function function, PassContext context) => new Solver(function).Run();

    private enum State : byte
    {
        Unknown,
        Constant,
        Varies,
    }

    private sealed class Solver(Function function)
    {
        private readonly State[] _state = new State[function.ValueCount];
        private readonly long[] _constant = new long[function.ValueCount];
        private readonly List<Value>?[] _users = new List<Value>?[function.ValueCount];
        private readonly bool[] _reached = new bool[function.BlockCount];
        private readonly HashSet<(Block, Block)> _edges = [];
        private readonly Stack<Value> _values = new();
        private readonly Stack<Block> _blocks = new();

        internal void Run()
        {
            CollectUsers();
            Reach(function.Entry);
            while (_blocks.Count > 0 || _values.Count > 0)
            {
                if (_values.Count > 0)
                {
                    Value value = _values.Pop();
                    if (_reached[value.Block!.Id]) Visit(value);
                    continue;
                }
                foreach (Value value in _blocks.Pop().Values) Visit(value);
            }
            Rewrite();
        }

        private void CollectUsers()
        {
            foreach (Block block in function.Blocks)
            {
                foreach (Value value in block.Values)
                {
                    foreach (Value argument in value.Arguments) (_users[argument.Id] ??= []).Add(value);
                }
            }
        }

        private void Reach(Block block)
        {
            if (_reached[block.Id]) return;
            _reached[block.Id] = true;
            _blocks.Push(block);
        }

        private void Take(Block from, Block to)
        {
            if (!_edges.Add((from, to))) return;
            if (!_reached[to.Id])
            {
                Reach(to);
                return;
            }
            foreach (Value phi in to.Phis) Visit(phi);
        }

        private void Visit(Value value)
        {
            if (value.Op.Has(OpTraits.Terminator))
            {
                VisitTerminator(value);
                return;
            }
            if (_state[value.Id] == State.Varies) return;
            (State state, long constant) = Evaluate(value);
            if (state == State.Unknown || (state == _state[value.Id] && constant == _constant[value.Id])) return;
            // A value that was one constant and is another varies: states only go down.
            if (_state[value.Id] == State.Constant) state = State.Varies;
            _state[value.Id] = state;
            _constant[value.Id] = constant;
            if (_users[value.Id] is not { } users) return;
            foreach (Value user in users) _values.Push(user);
        }

        private void VisitTerminator(Value terminator)
        {
            Block block = terminator.Block!;
            if (terminator.Op == Op.Branch)
            {
                Value condition = terminator.Arguments[0];
                if (_state[condition.Id] == State.Unknown) return;
                if (_state[condition.Id] == State.Constant)
                {
                    Take(block, block.Successors[_constant[condition.Id] != 0 ? 0 : 1]);
                    return;
                }
            }
            foreach (Block successor in block.Successors) Take(block, successor);
        }

        private (State, long) Evaluate(Value value)
        {
            if (value.Type.Kind is not (TypeKind.I32 or TypeKind.I64)) return (State.Varies, 0);
            if (value.Op == Op.Const) return value.Core is null ? (State.Constant, value.Immediate) : (State.Varies, 0);
            if (value.Op == Op.Phi) return Join(value);
            if (!value.Op.IsPure() || value.Arguments.Count is 0 or > 2 || value.Op == Op.Opaque) return (State.Varies, 0);
            foreach (Value argument in value.Arguments)
            {
                if (_state[argument.Id] != State.Constant) return (_state[argument.Id], 0);
            }
            long right = value.Arguments.Count > 1 ? _constant[value.Arguments[1].Id] : 0;
            return ConstantFolder.TryFold(value.Op, value.Type, value.Arguments[0].Type, _constant[value.Arguments[0].Id], right, out long result)
                ? (State.Constant, result) : (State.Varies, 0);
        }

        private (State, long) Join(Value phi)
        {
            State state = State.Unknown;
            long constant = 0;
            for (int i = 0; i < phi.Arguments.Count; i++)
            {
                if (!_edges.Contains((phi.Block!.Predecessors[i], phi.Block))) continue;
                Value argument = phi.Arguments[i];
                if (_state[argument.Id] == State.Unknown) continue;
                if (_state[argument.Id] == State.Varies || (state == State.Constant && constant != _constant[argument.Id])) return (State.Varies, 0);
                state = State.Constant;
                constant = _constant[argument.Id];
            }
            return (state, constant);
        }

        private void Rewrite()
        {
            Replacements replacements = new(function);
            foreach (Block block in function.Blocks)
            {
                if (!_reached[block.Id]) continue;
                List<Value> constants = [];
                foreach (Value value in block.Values)
                {
                    if (_state[value.Id] != State.Constant || value.Op == Op.Const) continue;
                    Value constant = function.NewValue(Op.Const, value.Type);
                    constant.Immediate = _constant[value.Id];
                    constant.DebugId = value.DebugId;
                    constant.Block = block;
                    constants.Add(constant);
                    replacements.Replace(value, constant);
                }
                if (constants.Count > 0) block.Values.InsertRange(block.Phis.Count(), constants);
            }
            replacements.Apply();
        }
    }
}
