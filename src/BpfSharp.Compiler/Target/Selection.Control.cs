using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;

namespace BpfSharp.Compiler.Target;

internal sealed partial class Selection
{
    /// <summary>The jump for a comparison, the one with the operands exchanged, and the one with the opposite outcome.</summary>
    private static readonly Dictionary<Op, (int Jump, int Exchanged)> s_jumps = new()
    {
        [Op.Eq] = (JumpOperation.Equal, JumpOperation.Equal),
        [Op.Ne] = (JumpOperation.NotEqual, JumpOperation.NotEqual),
        [Op.ULt] = (JumpOperation.Less, JumpOperation.Greater),
        [Op.ULe] = (JumpOperation.LessOrEqual, JumpOperation.GreaterOrEqual),
        [Op.SLt] = (JumpOperation.SignedLess, JumpOperation.SignedGreater),
        [Op.SLe] = (JumpOperation.SignedLessOrEqual, JumpOperation.SignedGreaterOrEqual),
    };

    private void SelectCall(Value value)
    {
        List<Value> arguments = value.Arguments;
        // Registers first: constants are made last, so that they do not occupy argument registers meanwhile.
        int[] sources = new int[arguments.Count];
        for (int i = 0; i < sources.Length; i++)
        {
            sources[i] = IsMadeInPlace(arguments[i]) ? -1 : Use(arguments[i]);
        }
        for (int i = 0; i < sources.Length; i++)
        {
            if (sources[i] >= 0) Move(i + 1, sources[i]);
        }
        for (int i = 0; i < sources.Length; i++)
        {
            if (sources[i] < 0) MaterialiseInto(i + 1, arguments[i]);
        }
        MachineInstruction call = Emit(Opcode.Call, -1, value.Op switch
        {
            Op.CallHelper => PseudoSource.HelperCall,
            // A kfunc's is a relocation against an extern, as clang writes it; the loader makes it a kfunc call.
            _ => PseudoSource.Call,
        }, immediate: value.Op == Op.CallHelper ? value.Immediate : -1);
        call.CallArguments = arguments.Count;
        call.Symbol = value.Symbol;
        call.Relocation = value.Op == Op.CallKernel ? RelocationKind.Extern : RelocationKind.Call;
        if (value.Type.Kind == TypeKind.Void || _useCounts[value.Id] == 0) return;
        int result = _machine.NewRegister();
        if (_upper.MustClear(value))
        {
            Emit(OpcodeClass.Alu32 | AluOperation.Move | OperandSource.Register, result, 0);
            _registers[value.Id] = result;
            return;
        }
        Move(result, 0);
        _registers[value.Id] = result;
    }

    private static bool IsMadeInPlace(Value value) => value.Op is Op.Const or Op.MapAddress or Op.FunctionAddress || IsFrameAddress(value);

    private void SelectTerminator(Value value)
    {
        foreach (Block successor in value.Block!.Successors) _block.Successors.Add(_blocks[successor]);
        switch (value.Op)
        {
            case Op.Branch:
                SelectBranch(value.Arguments[0], _block.Successors[0]);
                break;
            case Op.Return when value.Arguments.Count > 0:
                Value result = value.Arguments[0];
                if (_function.IsProgram && result.Type.IsI32 && !_upper.IsClear(result) && result.Op != Op.Const)
                {
                    Emit(OpcodeClass.Alu32 | AluOperation.Move | OperandSource.Register, 0, Use(result));
                }
                else
                {
                    CopyInto(0, result);
                }
                Emit(Opcode.Exit, -1);
                break;
            case Op.Return or Op.Unreachable:
                Emit(OpcodeClass.Alu64 | AluOperation.Move, 0);
                Emit(Opcode.Exit, -1);
                break;
            case Op.Fault:
                _block.IsCold = true;
                Emit(OpcodeClass.Alu32 | AluOperation.Move, 0, immediate: (int)_function.FaultResult);
                Emit(Opcode.Exit, -1);
                break;
        }
    }

    private void SelectBranch(Value condition, MachineBlock target)
    {
        if (_folded.Contains(condition))
        {
            JumpIfBitsSet(condition, target);
            return;
        }
        if (!condition.Op.Has(OpTraits.Compare))
        {
            Jump(OpcodeClass.Jump32 | JumpOperation.NotEqual, Use(condition), null, 0, target);
            return;
        }
        Value left = condition.Arguments[0], right = condition.Arguments[1];
        int @class = left.Type.IsI32 ? OpcodeClass.Jump32 : OpcodeClass.Jump;
        if (_folded.Contains(left))
        {
            // Bits are tested for being set; for the opposite the successors change places.
            if (condition.Op == Op.Eq) _block.Successors.Reverse();
            JumpIfBitsSet(left, _block.Successors[0]);
            return;
        }
        (int jump, int exchanged) = s_jumps[condition.Op];
        if (FitsImmediate(right)) Jump(@class | jump, Use(left), null, right.Immediate, target).KeepsPointer = KeepsPointer(left);
        else if (FitsImmediate(left)) Jump(@class | exchanged, Use(right), null, left.Immediate, target);
        else if (LoopCounters.Is(left) && !LoopCounters.Is(right)) Jump(@class | exchanged, Use(right), Use(left), 0, target);
        else Jump(@class | jump, Use(left), Use(right), 0, target);
    }

    private void JumpIfBitsSet(Value and, MachineBlock target)
    {
        Value tested = and.Arguments[0], mask = and.Arguments[1];
        int code = (tested.Type.IsI32 ? OpcodeClass.Jump32 : OpcodeClass.Jump) | JumpOperation.BitsSet;
        Jump(code, Use(tested), FitsImmediate(mask) ? null : Use(mask), FitsImmediate(mask) ? mask.Immediate : 0, target);
    }

    /// <summary>A comparison of <c>a &amp; b</c> with 0 that is only branched on becomes one jump (<c>BPF_JSET</c>).</summary>
    private void FoldBitTest(Block block)
    {
        if (block.Terminator.Op != Op.Branch) return;
        Value condition = block.Terminator.Arguments[0];
        if (condition.Op == Op.And && _useCounts[condition.Id] == 1) _folded.Add(condition);
        if (condition.Op is not (Op.Eq or Op.Ne) || _useCounts[condition.Id] != 1 || !condition.Arguments[1].IsConst(0)) return;
        Value and = condition.Arguments[0];
        if (and.Op == Op.And && _useCounts[and.Id] == 1) _folded.Add(and);
    }

    /// <summary>What a call has just returned is a pointer or null to the verifier, and a map's value is never null once it was looked at; the others stay pointers.</summary>
    private static bool KeepsPointer(Value value) => value.Type is { IsPointer: true, Region: not Region.MapValue } && value.Op is not (Op.CallHelper or Op.CallKernel);

    private MachineInstruction Jump(int code, int left, int? right, long immediate, MachineBlock target)
    {
        if (right is not null) code |= OperandSource.Register;
        MachineInstruction jump = Emit(code, left, right ?? -1, immediate: immediate);
        jump.Target = target;
        return jump;
    }
}
