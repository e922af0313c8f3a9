using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Target;

/// <summary>
/// Which i32 values have zeros in the upper half of their register. 32-bit arithmetic and loads clear it; a truncation, a
/// parameter and a call's result may leave anything there. Where a value is later zero-extended, the upper half is cleared once where
/// the value is defined, so that the register that is compared is the one that addresses memory: the verifier follows
/// registers, not values.
/// </summary>
internal sealed class UpperHalves
{
    private readonly bool[] _mayBeDirty;
    private readonly bool[] _mustClear;
    private readonly bool[] _addressed;

    private UpperHalves(Function function)
    {
        _mayBeDirty = new bool[function.ValueCount];
        _mustClear = new bool[function.ValueCount];
        _addressed = IndexChains.Find(function, throughPhis: true);
    }

    /// <summary>Whether the upper half is zero.</summary>
    public bool IsClear(Value value) => value.Type.IsI32 ? !_mayBeDirty[value.Id] || _mustClear[value.Id] : false;

    /// <summary>Whether the definition of <paramref name="value"/> has to clear it.</summary>
    public bool MustClear(Value value) => _mustClear[value.Id];

    /// <summary>Computes both for a function.</summary>
    public static UpperHalves Compute(Function function)
    {
        UpperHalves result = new(function);
        bool changed = true;
        // Phis start clean and become dirty with an argument.
        while (changed)
        {
            changed = false;
            foreach (Block block in function.Blocks)
            {
                foreach (Value value in block.Values)
                {
                    if (!value.Type.IsI32 || result._mayBeDirty[value.Id] || !result.IsDirty(value)) continue;
                    result._mayBeDirty[value.Id] = changed = true;
                }
            }
        }
        foreach (Block block in function.Blocks)
        {
            foreach (Value value in block.Values)
            {
                if (value.Op == Op.ZExt32) result.Clear(value.Arguments[0]);
            }
        }
        return result;
    }

    private bool IsDirty(Value value) => value.Op switch
    {
        Op.Trunc => !HasUpperZeros(value.Arguments[0]),
        Op.Parameter or Op.CallHelper or Op.CallKernel or Op.CallFunction => true,
        Op.Load => value.Access.IsSigned(),
        Op.Phi or Op.Opaque => value.Arguments.Exists(a => _mayBeDirty[a.Id]),
        // The upper half is zero, but verifiers do not know it of what they do not compute.
        _ => _addressed[value.Id] && RangeFacts.IsHiddenSomewhere(value),
    };

    private void Clear(Value extended)
    {
        Stack<Value> work = new([extended]);
        while (work.Count > 0)
        {
            Value value = work.Pop();
            if (!_mayBeDirty[value.Id] || _mustClear[value.Id]) continue;
            if (value.Op is not (Op.Phi or Op.Opaque))
            {
                _mustClear[value.Id] = true;
                continue;
            }
            // Every definition that reaches a phi is cleared instead; the phi's own register then is clean.
            _mayBeDirty[value.Id] = false;
            foreach (Value argument in value.Arguments) work.Push(argument);
        }
    }

    private static bool HasUpperZeros(Value value) => value.Op switch
    {
        Op.ZExt32 or Op.ZExt8 or Op.ZExt16 or Op.Swap16 or Op.Swap32 => true,
        Op.Load => value.Access is Access.U8 or Access.U16 or Access.U32,
        Op.And => value.Arguments.Exists(a => a is { Op: Op.Const, Core: null } && a.Immediate is >= 0 and <= uint.MaxValue),
        Op.LShr => value.Arguments[1] is { Op: Op.Const, Core: null } && (value.Arguments[1].Immediate & 63) >= 32,
        Op.Const => value.Immediate is >= 0 and <= uint.MaxValue,
        // A packet is at most 64 KiB long, and no pointer into it is past its end.
        Op.PtrDiff => value.Arguments[0].Type.Region == Region.PacketEnd && value.Arguments[1].Type.Region == Region.Packet,
        _ => false,
    };
}
