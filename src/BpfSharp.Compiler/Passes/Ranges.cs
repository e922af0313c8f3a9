using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Value range analysis: follows intervals of integers and the nullness of pointers along the dominator tree, narrowed by branches, and decides
/// the comparisons that can only go one way: bounds checks, null checks, checks of divisors and overflows. What an address depends on is only
/// taken as known where the verifier comes to know it too.
/// </summary>
internal static class Ranges
{
    /// <summary>Rounds until loops have to agree; from the third on, bounds that move jump to the next constant of the function.</summary>
    private const int Rounds = 10;

    internal static void Run(Function function, PassContext context) => Run(function, context.Module, context.Options.MinimumKernel.CompareTo((6, 8)) >= 0);

    /// <summary>Runs it.</summary>
    /// <returns>Whether a comparison was decided.</returns>
    internal static bool Run(Function function, Module? module = null, bool followsAll = true)
    {
        if (!function.Blocks.Exists(static b => b.Values.Exists(static v => v.Op is Op.Branch or Op.PtrAdd))) return false;
        return new Solver(function, module, followsAll).Run();
    }

    /// <summary>Shows each value of a function with what is known at its place; the function stays as it is.</summary>
    /// <param name="function">The function.</param>
    /// <param name="observer">Gets each value, with the facts of its place.</param>
    internal static void Observe(Function function, Action<Value, RangeFacts> observer) => new Solver(function, null, true).Observe(observer);

    /// <summary>The same with what verifiers know, as far as the oldest does, or with all that there is to know.</summary>
    internal static void Observe(Function function, Action<Value, RangeFacts> observer, bool isVerifier) =>
        new Solver(function, null, !isVerifier, isVerifier ? null : new bool[function.ValueCount]).Observe(observer);

    private sealed class Solver
    {
        private readonly Function _function;
        private readonly DominatorTree _dominators;
        private readonly RangeFacts _facts;
        private readonly ValueRange?[][] _arriving;
        private readonly List<ulong> _thresholds;
        private readonly List<(Value Value, long Constant)> _decided = [];
        private readonly List<Value> _unsigned = [];
        private readonly BoundedAddresses _addresses;
        private readonly ContextIndexes _context;
        private int _round;
        private bool _changed;
        private bool _isFinal;
        private bool _isPessimistic;
        private Action<Value, RangeFacts>? _observer;

        internal Solver(Function function, Module? module, bool followsAll, bool[]? isAddressed = null)
        {
            _function = function;
            _addresses = new BoundedAddresses(function, module, followsAll);
            _context = new ContextIndexes(function);
            _dominators = new DominatorTree(function);
            _facts = new RangeFacts(function, isAddressed ?? IndexChains.Find(function, throughPhis: true, withEnds: true, withStarts: true), followsAll);
            _arriving = new ValueRange?[function.ValueCount][];
            SortedSet<ulong> constants = [0];
            foreach (Block block in _dominators.ReversePostorder)
            {
                foreach (Value value in block.Values)
                {
                    if (value.Op == Op.Phi) _arriving[value.Id] = new ValueRange?[value.Arguments.Count];
                    if (value.Op != Op.Const || value.Type.IsPointer) continue;
                    ulong bits = (ulong)value.Immediate & KnownBits.Width(value.Type);
                    constants.Add(bits);
                    if (bits > 0) constants.Add(bits - 1);
                    if (bits < ulong.MaxValue) constants.Add(bits + 1);
                }
            }
            _thresholds = [.. constants];
        }

        internal bool Run()
        {
            Solve();
            return Apply();
        }

        internal void Observe(Action<Value, RangeFacts> observer)
        {
            _observer = observer;
            Solve();
        }

        private void Solve()
        {
            do
            {
                _changed = false;
                Walk();
            }
            while (_changed && ++_round < Rounds);
            if (_changed)
            {
                // No agreement: what comes along back edges may be anything.
                _isPessimistic = true;
                Walk();
            }
            _isFinal = true;
            Walk();
        }

        private void Walk()
        {
            Stack<(Block? Enter, (int, int) Leave)> work = new();
            work.Push((_function.Entry, default));
            while (work.Count > 0)
            {
                (Block? block, (int, int) leave) = work.Pop();
                if (block is null)
                {
                    _facts.Restore(leave);
                    continue;
                }
                work.Push((null, _facts.Mark));
                AssumeEdge(block);
                Visit(block);
                // The next to visit is pushed last: siblings go in reverse postorder, so that a join comes behind the ways that meet in it.
                foreach (Block child in _dominators.Children(block).OrderByDescending(_dominators.Order)) work.Push((child, default));
            }
        }

        private void AssumeEdge(Block block)
        {
            if (block.Predecessors.Count != 1) return;
            Block from = block.Predecessors[0];
            if (from.Terminator.Op == Op.Branch) _facts.Assume(from.Terminator.Arguments[0], from.Successors[0] == block);
        }

        private void Visit(Block block)
        {
            foreach (Value value in block.Values)
            {
                if (_isFinal)
                {
                    _addresses.Visit(value, _facts);
                    _context.Visit(value, _facts);
                    _observer?.Invoke(value, _facts);
                }
                if (value.Type.Kind == TypeKind.Void) continue;
                ValueRange range = value.Op == Op.Phi ? Phi(value) : _facts.Computed(value);
                _facts.Define(value, range);
                if (_isFinal) Collect(value, range);
            }
            if (_isFinal && block.Terminator.Op == Op.Branch) Decide(block.Terminator);
            foreach (Block successor in block.Successors) Leave(block, successor);
        }

        private void Leave(Block block, Block successor)
        {
            if (successor.Values[0].Op != Op.Phi) return;
            (int, int) mark = _facts.Mark;
            if (block.Terminator.Op == Op.Branch) _facts.Assume(block.Terminator.Arguments[0], block.Successors[0] == successor);
            int edge = successor.Predecessors.IndexOf(block);
            foreach (Value phi in successor.Phis) _arriving[phi.Id][edge] = _facts.Of(phi.Arguments[edge]);
            _facts.Restore(mark);
        }

        private ValueRange Phi(Value phi)
        {
            ValueRange? joined = null;
            Block block = phi.Block!;
            for (int i = 0; i < phi.Arguments.Count; i++)
            {
                if (!_dominators.IsReachable(block.Predecessors[i])) continue;
                bool isBack = _dominators.Order(block.Predecessors[i]) >= _dominators.Order(block);
                if (isBack && _isPessimistic) return ValueRange.Full(phi.Type);
                if (_arriving[phi.Id][i] is not { } arriving) continue;
                joined = joined is { } j ? j.Join(arriving) : arriving;
            }
            ValueRange range = joined ?? ValueRange.Full(phi.Type);
            if (_isFinal || _isPessimistic) return range;
            if (_facts.Known(phi) is { } before)
            {
                range = range.Join(before);
                if (range == before) return range;
                if (_round >= 2) range = Widened(phi.Type, before, range);
            }
            _changed = true;
            return range;
        }

        /// <summary>Moves the bounds that moved to the next constant of the function, later to the type's end.</summary>
        private ValueRange Widened(IrType type, ValueRange before, ValueRange after)
        {
            ValueRange full = ValueRange.Full(type);
            bool far = _round >= Rounds - 4;
            ulong umin = after.UMin == before.UMin ? after.UMin : full.UMin;
            ulong umax = after.UMax == before.UMax ? after.UMax : far ? full.UMax : Math.Min(full.UMax, Above(after.UMax));
            long smin = after.SMin == before.SMin ? after.SMin : after.SMin >= 0 ? 0 : full.SMin;
            long smax = after.SMax == before.SMax ? after.SMax
                : far || after.SMax < 0 ? full.SMax : (long)Math.Min((ulong)full.SMax, Above((ulong)after.SMax));
            return new ValueRange(umin, umax, smin, smax);
        }

        private ulong Above(ulong bound)
        {
            int index = _thresholds.BinarySearch(bound);
            if (index < 0) index = ~index;
            return index < _thresholds.Count ? _thresholds[index] : ulong.MaxValue;
        }

        private void Collect(Value value, ValueRange range)
        {
            if (value.Op.Has(OpTraits.Compare) && range.IsSingle) _decided.Add((value, range.SMin));
            else if (value.Op == Op.SExt32 && _facts.Of(value.Arguments[0]).IsNonNegative) _unsigned.Add(value);
        }

        private void Decide(Value branch)
        {
            Value condition = branch.Arguments[0];
            if (condition.Op == Op.Const) return;
            ValueRange range = _facts.Of(condition);
            if (range.IsEmpty || (range.UMin == 0 && range.UMax != 0)) return;
            _decided.Add((branch, range.UMin == 0 ? 0 : 1));
        }

        private bool Apply()
        {
            _addresses.Limit();
            foreach (Value value in _unsigned) value.Op = Op.ZExt32;
            Replacements replacements = new(_function);
            foreach ((Value value, long decision) in _decided)
            {
                Block block = value.Block!;
                Value constant = _function.NewValue(Op.Const, IrType.I32);
                constant.Immediate = decision;
                constant.DebugId = value.DebugId;
                block.Insert(block.Values.IndexOf(value), constant);
                if (value.Op == Op.Branch) value.Arguments[0] = constant;
                else replacements.Replace(value, constant);
            }
            replacements.Apply();
            return _context.Apply() | _addresses.Apply() | (_decided.Count + _unsigned.Count > 0);
        }
    }
}
