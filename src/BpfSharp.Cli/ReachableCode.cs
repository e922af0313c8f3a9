using BpfSharp.Objects.Instructions;

namespace BpfSharp.Cli;

/// <summary>
/// Which instructions of a relocated function the verifier can come to: it follows constants through registers, as the verifier does, so that a branch on
/// the answer of an existence check has one side only.
/// </summary>
internal sealed class ReachableCode
{
    private const int Registers = 11;
    private readonly Instruction[] _code;

    // What each register holds before an instruction: a number, or null for anything. Null for an instruction that nothing came to.
    private readonly long?[]?[] _before;
    private readonly Stack<int> _pending = new();

    private ReachableCode(Instruction[] code)
    {
        (_code, _before) = (code, new long?[code.Length][]);
        Come(0, new long?[Registers]);
        while (_pending.TryPop(out int at)) Step(at, (long?[])_before[at]!.Clone());
    }

    /// <summary>Follows a function's instructions from its start.</summary>
    public static ReachableCode Of(Instruction[] code) => new(code);

    /// <summary>Whether anything leads to an instruction.</summary>
    public bool Contains(int index) => _before[index] is not null;

    private void Come(int at, long?[] state)
    {
        if (at < 0 || at >= _code.Length) return;
        if (_before[at] is not { } known)
        {
            _before[at] = (long?[])state.Clone();
            _pending.Push(at);
            return;
        }

        bool changed = false;
        for (int i = 0; i < Registers; i++)
        {
            if (known[i] is null || known[i] == state[i]) continue;
            (known[i], changed) = (null, true);
        }

        if (changed) _pending.Push(at);
    }

    private void Step(int at, long?[] state)
    {
        Instruction i = _code[at];
        switch (i.Class)
        {
            case OpcodeClass.Alu32 or OpcodeClass.Alu64:
                state[Register(i)] = Evaluate(i, state);
                break;
            case OpcodeClass.Load when i.IsLoadImmediate64 && at + 1 < _code.Length:
                state[Register(i)] = i.Source == 0 ? (uint)i.Immediate | ((long)_code[at + 1].Immediate << 32) : null;
                Come(at + 2, state);
                return;
            case OpcodeClass.Load:
                state[0] = null;
                break;
            case OpcodeClass.LoadIndirect:
                state[Register(i)] = null;
                break;
            case OpcodeClass.StoreIndirect:
                // An atomic operation may fetch, into its source or (compare and exchange) into r0.
                if ((i.Code & 0xe0) == MemoryMode.Atomic) (state[i.Source % Registers], state[Register(i)], state[0]) = (null, null, null);
                break;
            case OpcodeClass.Jump or OpcodeClass.Jump32:
                Jump(at, i, state);
                return;
        }

        Come(at + 1, state);
    }

    private void Jump(int at, Instruction i, long?[] state)
    {
        switch (i.Code)
        {
            case Opcode.Exit:
                return;
            case Opcode.Call:
                for (int r = 0; r <= 5; r++) state[r] = null;
                Come(at + 1, state);
                return;
            case Opcode.Goto:
                Come(at + 1 + i.Offset, state);
                return;
            case Opcode.GotoLong:
                Come(at + 1 + i.Immediate, state);
                return;
        }

        bool? taken = Taken(i, state);
        if (taken != false) Come(at + 1 + i.Offset, state);
        if (taken != true) Come(at + 1, state);
    }

    private static long? Evaluate(Instruction i, long?[] state)
    {
        bool wide = i.Class == OpcodeClass.Alu64;
        if (Operand(i, state) is not { } right || i.Offset != 0) return null;
        long? left = i.Operation == AluOperation.Move ? 0 : state[Register(i)];
        if (left is not { } l) return null;
        int shift = (int)right & (wide ? 63 : 31);
        long? result = i.Operation switch
        {
            AluOperation.Move => right,
            AluOperation.Add => l + right,
            AluOperation.Subtract => l - right,
            AluOperation.Multiply => l * right,
            AluOperation.And => l & right,
            AluOperation.Or => l | right,
            AluOperation.Xor => l ^ right,
            AluOperation.ShiftLeft => l << shift,
            AluOperation.ShiftRight => wide ? (long)((ulong)l >> shift) : (uint)l >> shift,
            AluOperation.ShiftRightArithmetic => wide ? l >> shift : (int)l >> shift,
            AluOperation.Negate => -l,
            _ => null,
        };
        return wide ? result : (uint?)result;
    }

    private static bool? Taken(Instruction i, long?[] state)
    {
        if (Operand(i, state) is not { } right || state[Register(i)] is not { } left) return null;
        if (i.Class == OpcodeClass.Jump32) (left, right) = ((int)left, (int)right);
        (ulong a, ulong b) = i.Class == OpcodeClass.Jump32 ? ((uint)left, (uint)right) : ((ulong)left, (ulong)right);
        return i.Operation switch
        {
            JumpOperation.Equal => a == b,
            JumpOperation.NotEqual => a != b,
            JumpOperation.Greater => a > b,
            JumpOperation.GreaterOrEqual => a >= b,
            JumpOperation.Less => a < b,
            JumpOperation.LessOrEqual => a <= b,
            JumpOperation.BitsSet => (a & b) != 0,
            JumpOperation.SignedGreater => left > right,
            JumpOperation.SignedGreaterOrEqual => left >= right,
            JumpOperation.SignedLess => left < right,
            JumpOperation.SignedLessOrEqual => left <= right,
            _ => null,
        };
    }

    private static long? Operand(Instruction i, long?[] state) => (i.Code & OperandSource.Register) == 0 ? i.Immediate : state[i.Source % Registers];

    private static int Register(Instruction i) => i.Destination % Registers;
}
