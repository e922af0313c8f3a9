using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// The algebra of single operations. Constants stand on the right; what is left of comparisons is <c>eq</c>, <c>ne</c> and the four orders; masks
/// are <c>and</c>, not extensions of bytes.
/// </summary>
internal sealed partial class Simplifier(Function function)
{
    private readonly Emitter _emit = new(function);
    private readonly bool[] _addressed = IndexChains.Find(function, throughPhis: true, withEnds: true);
    private readonly bool[] _compared = FindCompared(function);

    /// <summary>Whether an operation was changed in place.</summary>
    internal bool Changed { get; private set; }

    /// <summary>Simplifies a value; what it needs is appended to the block.</summary>
    /// <returns>What takes its place; null or itself if it stays, changed or not.</returns>
    internal Value? Simplify(Block block, Value value)
    {
        Value[] checks = Checks(value);
        if (checks.Length == 0) return Rewrite(block, value);
        (Op op, Value[] arguments) = (value.Op, [.. value.Arguments]);
        Value? by = Rewrite(block, value);
        if ((by is not null && by != value) || checks.All(value.Arguments.Contains)) return by;
        value.Op = op;
        value.Arguments.Clear();
        value.Arguments.AddRange(arguments);
        return null;
    }

    private static bool[] FindCompared(Function function)
    {
        bool[] compared = new bool[function.ValueCount];
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values)
            {
                if (!value.Op.Has(OpTraits.Compare)) continue;
                foreach (Value argument in value.Arguments)
                {
                    // What is converted without a change of bits is the same register.
                    Value register = argument;
                    for (; register.Op is Op.Trunc or Op.ZExt32; register = register.Arguments[0]) compared[register.Id] = true;
                    compared[register.Id] = register.Op != Op.Const;
                }
            }
        }
        return compared;
    }

    /// <summary>
    /// The arguments from which an address is computed and which are compared as well: what the verifier learns from the comparison
    /// is lost to an operation that goes around them.
    /// </summary>
    private Value[] Checks(Value value) =>
        value.Id < _addressed.Length && _addressed[value.Id] && !value.Type.IsPointer
            ? [.. value.Arguments.Where(a => a.Id < _compared.Length && _compared[a.Id])] : [];

    private Value? Rewrite(Block block, Value value)
    {
        _emit.At(block, value.DebugId);
        if (value.Op.IsPure() && ConstantFolder.TryFold(value.Op, value.Type, value.Arguments, out long constant)) return _emit.Const(value.Type, constant);
        Canonicalise(value);
        return value.Op switch
        {
            Op.Add => Add(value),
            Op.Sub => Sub(value),
            Op.Mul => Mul(value),
            Op.UDiv => UDiv(value),
            Op.SDiv => SDiv(value),
            Op.UMod => UMod(value),
            Op.SMod => SMod(value),
            Op.And => And(value),
            Op.Or => Or(value),
            Op.Xor => Xor(value),
            Op.Shl or Op.LShr or Op.AShr => Shift(value),
            Op.Neg => Neg(value),
            Op.Swap16 or Op.Swap32 or Op.Swap64 => Swap(value),
            Op.ZExt8 => Mask(value, 0xff),
            Op.ZExt16 => Mask(value, 0xffff),
            Op.SExt8 => SignExtend(value, 8),
            Op.SExt16 => SignExtend(value, 16),
            Op.ZExt32 => ZExt32(value),
            Op.SExt32 => SExt32(value),
            Op.Trunc => Trunc(value),
            >= Op.Eq and <= Op.SLe => Compare(value),
            Op.PtrAdd => PtrAdd(value),
            Op.PtrDiff => PtrDiff(value),
            Op.Store => Store(value),
            Op.Branch => Branch(block, value),
            _ => null,
        };
    }

    private void Canonicalise(Value value)
    {
        if (!value.Op.Has(OpTraits.Commutative) || !IsConst(value.Arguments[0], out _) || IsConst(value.Arguments[1], out _)) return;
        (value.Arguments[0], value.Arguments[1]) = (value.Arguments[1], value.Arguments[0]);
        Changed = true;
    }

    /// <summary>Whether a value is a constant integer that is known now, not at load time.</summary>
    private static bool IsConst(Value value, out long constant)
    {
        constant = value.Immediate;
        return value.Op == Op.Const && value.Core is null && !value.Type.IsPointer;
    }

    /// <summary>The bits that may be 1, as far as the verifier knows it where an address depends on it.</summary>
    private ulong Possible(Value value) => KnownBits.Possible(value, _addressed);

    private static bool IsNull(Value value) => value.Op == Op.Const && value.Type.IsPointer;

    /// <summary>The number of a power of two's bit, -1 if a constant of a type is none.</summary>
    private static int PowerOfTwo(IrType type, long constant)
    {
        ulong bits = (ulong)constant & KnownBits.Width(type);
        if (bits == 0 || (bits & (bits - 1)) != 0) return -1;
        int power = 0;
        for (; bits != 1; bits >>= 1) power++;
        return power;
    }

    private static int Bits(IrType type) => type.IsI32 ? 32 : 64;

    /// <summary>Changes a value in place.</summary>
    private Value Become(Value value, Op op, params Value[] arguments)
    {
        value.Op = op;
        value.Arguments.Clear();
        value.Arguments.AddRange(arguments);
        Changed = true;
        return value;
    }

    private Value Become(Value value, Op op, Value left, long right) => Become(value, op, left, _emit.Const(left.Type, right));

    private Value Zero(Value value) => _emit.Const(value.Type, 0);

    private Value? PtrAdd(Value value)
    {
        if (value.Core is not null) return null;
        Value pointer = value.Arguments[0];
        if (value.Arguments.Count == 2 && IsConst(value.Arguments[1], out long offset))
        {
            value.Arguments.RemoveAt(1);
            value.Immediate += offset;
            Changed = true;
        }
        if (value.Arguments.Count == 1 && value.Immediate == 0) return pointer;
        // Constants are gathered in one offset from the same base; the base itself stays the value that is compared with the packet's end.
        if (value.Arguments.Count == 1 && pointer.Op == Op.PtrAdd && pointer.Arguments.Count == 1 && pointer.Core is null)
        {
            value.Arguments[0] = pointer.Arguments[0];
            value.Immediate += pointer.Immediate;
            Changed = true;
            return value.Immediate == 0 ? value.Arguments[0] : value;
        }
        return null;
    }

    private Value? PtrDiff(Value value)
    {
        (Value left, long leftOffset) = Base(value.Arguments[0]);
        (Value right, long rightOffset) = Base(value.Arguments[1]);
        return left == right ? _emit.Const(value.Type, leftOffset - rightOffset) : null;
    }

    private static (Value Base, long Offset) Base(Value pointer)
    {
        long offset = 0;
        while (pointer.Op == Op.PtrAdd && pointer.Arguments.Count == 1 && pointer.Core is null)
        {
            offset += pointer.Immediate;
            pointer = pointer.Arguments[0];
        }
        return (pointer, offset);
    }

    /// <summary>A store takes the low bytes: what is done to the others does not matter.</summary>
    private Value? Store(Value store)
    {
        Value stored = store.Arguments[1];
        int bits = 8 * store.Access.Size();
        if (stored.Type.IsPointer || bits == 64) return null;
        Value narrowed = stored;
        while (true)
        {
            if (narrowed.Op is Op.ZExt8 or Op.SExt8 && bits <= 8) narrowed = narrowed.Arguments[0];
            else if (narrowed.Op is Op.ZExt16 or Op.SExt16 && bits <= 16) narrowed = narrowed.Arguments[0];
            else if (narrowed.Op is Op.ZExt32 or Op.SExt32 && bits <= 32) narrowed = narrowed.Arguments[0];
            else if (narrowed.Op == Op.Trunc) narrowed = narrowed.Arguments[0];
            else if (narrowed.Op == Op.And && IsConst(narrowed.Arguments[1], out long mask) && ((ulong)mask | (ulong.MaxValue << bits)) == ulong.MaxValue)
                narrowed = narrowed.Arguments[0];
            else break;
        }
        if (narrowed == stored) return null;
        store.Arguments[1] = narrowed;
        Changed = true;
        return null;
    }

    private Value? Branch(Block block, Value branch)
    {
        Value condition = branch.Arguments[0];
        if (Tested(condition) is { } tested)
        {
            branch.Arguments[0] = condition = tested;
            Changed = true;
        }
        if (condition.Op == Op.Ne && condition.Arguments[0].Type.IsI32 && condition.Arguments[1].IsConst(0) && condition.Arguments[1].Core is null)
        {
            branch.Arguments[0] = condition.Arguments[0];
            Changed = true;
        }
        else if (Negated(condition) is { } opposite)
        {
            branch.Arguments[0] = opposite;
            block.Successors.Reverse();
            Changed = true;
        }
        return null;
    }

    /// <summary>What is not zero exactly where <paramref name="condition"/> is zero, if that is there already.</summary>
    private static Value? Negated(Value condition) =>
        condition.Op == Op.Eq && condition.Arguments[0].Type.IsI32 && IsConst(condition.Arguments[1], out long c) && c == 0 ? condition.Arguments[0]
        : condition.Op == Op.Xor && IsConst(condition.Arguments[1], out long one) && one == 1 && KnownBits.IsBool(condition.Arguments[0]) ? condition.Arguments[0]
        : null;
}
