using BpfSharp.Compiler.IR;
using BpfSharp.Objects;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Bit fields behind pointers that the verifier knows. The front end copies the bytes around the field into a slot, as many as the running kernel says, and loads the slot; here they
/// become one of four loads. Their number is a relocated constant, so the verifier looks at one of them only.
/// </summary>
public sealed partial class KernelReads
{
    private static readonly Access[] s_units = [Access.U8, Access.U16, Access.U32];

    /// <summary>Whether a value is the copy, with the load behind it.</summary>
    private static bool IsBitFieldRead(Block block, int index) =>
        IsProbe(block.Values[index]) && block.Values[index] is { Immediate: ProbeReadKernel } copy
        && copy.Arguments[1].Core is { Kind: CoreRelocationKind.FieldByteSize }
        && copy.Arguments[2] is { Op: Op.PtrAdd, Core: not null, Arguments: [{ Type.Region: Region.Btf }] }
        && SlotLoad(block, index) is not null;

    private static Value? SlotLoad(Block block, int index)
    {
        Value slot = block.Values[index].Arguments[0];
        return slot.Op != Op.SlotAddress ? null : block.Values.Skip(index + 1)
            .FirstOrDefault(v => v is { Op: Op.Load, Access: Access.U64, Immediate: 0 } && v.Arguments[0] is { Op: Op.SlotAddress } from && from.Immediate == slot.Immediate);
    }

    private void LoadBitField(Block block, int index)
    {
        Value copy = block.Values[index], word = SlotLoad(block, index)!;
        Value address = copy.Arguments[2], size = copy.Arguments[1];
        Block rest = BlockSplitting.Split(block, index + 1);
        block.Values.RemoveAt(index);
        // The layout is: block, the address, [a branch for each size, its load], the load of eight bytes, rest.
        List<(Block From, Value Result)> results = [];
        Block at = block;
        if (MayBeNull(Base(address)))
        {
            Block known = BlockSplitting.InsertAfter(at);
            Value condition = Append(at, copy, Op.Ne, IrType.I32, Base(address), Append(at, copy, Op.Const, IrType.Pointer()));
            results.Add((at, Append(at, copy, Op.Const, IrType.I64)));
            at.Terminate(New(copy, Op.Branch, IrType.Void, condition), known, rest);
            at = known;
        }
        // The relocation is the address's, not the loads': those of one size would be refused where the kernel has a member that is no bit field.
        Value place = Steps(at, address);
        foreach (Access unit in s_units)
        {
            Block other = BlockSplitting.InsertAfter(at), read = BlockSplitting.InsertAfter(at);
            Value bytes = Append(at, copy, Op.Const, size.Type);
            bytes.Immediate = unit.Size();
            at.Terminate(New(copy, Op.Branch, IrType.Void, Append(at, copy, Op.Eq, IrType.I32, size, bytes)), read, other);
            results.Add((read, Unit(read, copy, place, unit, rest)));
            at = other;
        }
        results.Add((at, Unit(at, copy, place, Access.U64, rest)));

        rest.Values.Remove(word);
        word.Op = Op.Phi;
        word.Access = Access.None;
        word.Arguments.Clear();
        foreach (Block predecessor in rest.Predecessors) word.Arguments.Add(results.Find(r => r.From == predecessor).Result);
        rest.Insert(0, word);
    }

    /// <summary>A load of the bytes around the field.</summary>
    private Value Unit(Block block, Value copy, Value address, Access unit, Block next)
    {
        bool is64 = unit == Access.U64;
        Value load = Append(block, copy, Op.Load, is64 ? IrType.I64 : IrType.I32, address);
        load.Access = unit;
        Value result = is64 ? load : Append(block, copy, Op.ZExt32, IrType.I64, load);
        block.Terminate(New(copy, Op.Jump, IrType.Void), next);
        return result;
    }
}
