using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Global value numbering over the dominator tree: a pure operation that was computed on every way here is not computed again.
/// Constants and addresses of symbols are numbered, but used again only in their block: making them anew is cheaper than keeping them in a
/// register. So are the steps from an index to an address, which the verifier has to see behind the index's check.
/// </summary>
internal static class Gvn
{
    internal static void Run(Function function, PassContext context) => Run(function);

    /// <summary>Runs it.</summary>
    /// <returns>Whether anything was found twice.</returns>
    internal static bool Run(Function function) => new Numbering(function).Run();

    private readonly record struct Key(Op Op, IrType Type, long Immediate, string? Symbol, CoreAccess? Core, Block? Block, int A, int B, int C);

    private sealed class Numbering(Function function)
    {
        private readonly DominatorTree _dominators = new(function);
        private readonly bool[] _isIndex = IndexChains.Find(function);
        private readonly int[] _number = new int[function.ValueCount];
        private readonly Replacements _replacements = new(function);
        private readonly Dictionary<Key, Value> _available = [];
        private readonly Dictionary<Key, int> _constants = [];
        private readonly Stack<(Block? Enter, List<Key>? Leave)> _work = new();

        internal bool Run()
        {
            _work.Push((function.Entry, null));
            while (_work.Count > 0)
            {
                (Block? block, List<Key>? leave) = _work.Pop();
                if (leave is not null)
                {
                    foreach (Key key in leave) _available.Remove(key);
                    continue;
                }
                List<Key> added = [];
                _work.Push((null, added));
                Visit(block!, added);
                foreach (Block child in _dominators.Children(block!)) _work.Push((child, null));
            }
            return _replacements.Apply();
        }

        private void Visit(Block block, List<Key> added)
        {
            foreach (Value value in block.Values)
            {
                _number[value.Id] = value.Id + 1;
                if (value.Op == Op.Phi || !value.Op.IsPure() || value.Op == Op.Opaque || value.Arguments.Count > 3) continue;
                bool isLeaf = value.Arguments.Count == 0;
                if (isLeaf) NumberLeaf(value);
                Key key = MakeKey(value, isLeaf || _isIndex[value.Id] ? block : null);
                if (_available.TryGetValue(key, out Value? found))
                {
                    _number[value.Id] = _number[found.Id];
                    _replacements.Replace(value, found);
                }
                else
                {
                    _available[key] = value;
                    added.Add(key);
                }
            }
        }

        /// <summary>Equal constants have one number in the whole function, so that what is computed from them is found.</summary>
        private void NumberLeaf(Value value)
        {
            Key key = MakeKey(value, null);
            if (_constants.TryGetValue(key, out int number)) _number[value.Id] = number;
            else _constants[key] = _number[value.Id];
        }

        private Key MakeKey(Value value, Block? block)
        {
            int a = Number(value, 0), b = Number(value, 1), c = Number(value, 2);
            if (value.Op.Has(OpTraits.Commutative) && b < a) (a, b) = (b, a);
            // A null pointer is the same in every region.
            IrType type = value.Op == Op.Const && value.Type.IsPointer ? IrType.Pointer() : value.Type;
            return new Key(value.Op, type, value.Immediate, value.Symbol, value.Core, block, a, b, c);
        }

        private int Number(Value value, int argument) => argument < value.Arguments.Count ? _number[_replacements.Resolve(value.Arguments[argument]).Id] : 0;
    }
}
