using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// The choices of <see cref="PacketChecks"/> where the function may not simply end, as it may hold an iterator or a record: the way out of the check, which is never
/// taken, chooses empty memory of the stack instead of the packet.
/// </summary>
internal static class PacketChoices
{
    /// <summary>Runs it.</summary>
    /// <returns>Whether a check was put in.</returns>
    internal static bool Run(Function function)
    {
        bool changed = false;
        // One at a time: each makes another way into the block, for which the block's other choices are to be looked at as well.
        while (true)
        {
            DominatorTree dominators = new(function);
            Value[] ends = [.. function.Blocks.SelectMany(static b => b.Values).Where(static v => v.Type.Region == Region.PacketEnd)];
            bool found = false;
            foreach ((Value phi, int argument, Block from, Value pointer, long bytes) in PacketChecks.OpenChoices(function, dominators))
            {
                PacketChecks.Check check = new(from.Terminator, pointer, bytes, PacketChecks.EndFor(ends, from.Terminator, dominators));
                if (PacketChecks.EndOf(function, ends, check) is not { } end) continue;
                Insert(function, phi, argument, check, end);
                found = changed = true;
                break;
            }
            if (!found) return changed;
        }
    }

    private static void Insert(Function function, Value phi, int argument, PacketChecks.Check check, Value end)
    {
        Block target = phi.Block!, from = target.Predecessors[argument];
        Block head = BlockSplitting.InsertAfter(from), inside = BlockSplitting.InsertAfter(head), other = BlockSplitting.InsertAfter(inside);
        from.Successors[from.Successors.IndexOf(target)] = head;
        head.Predecessors.Add(from);
        target.ReplacePredecessor(from, inside);
        inside.Append(PacketChecks.New(function, Op.Jump, check.Access));
        inside.Successors.Add(target);

        Emitter emit = new(function);
        emit.At(head, check.Access.DebugId);
        Value fits = PacketChecks.Fits(function, emit, check, end);
        head.Terminate(PacketChecks.New(function, Op.Branch, check.Access, fits), inside, other);

        emit.At(other, check.Access.DebugId);
        Value empty = function.NewValue(Op.SlotAddress, IrType.Pointer(Region.Stack));
        empty.Immediate = function.AddSlot((int)check.Bytes, 8).Index;
        emit.Put(empty);
        Value zero = function.NewValue(Op.Zero, IrType.Void, empty);
        (zero.Immediate, zero.Alignment) = (check.Bytes, 8);
        emit.Put(zero);
        foreach (Value each in target.Phis) each.Arguments.Add(each == phi ? empty : each.Arguments[argument]);
        other.Terminate(PacketChecks.New(function, Op.Jump, check.Access), target);
    }
}
