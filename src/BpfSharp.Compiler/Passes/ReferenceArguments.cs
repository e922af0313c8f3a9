using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Numbers whose address a function gets that is not inlined (<c>in</c>, <c>ref</c>). The verifier follows what is in a register, and in the stack only what fills
/// the start of eight aligned bytes (before 5.16: all of them). A loop counter in four bytes anywhere is anything to it, and the loop has no end. So a function that
/// only reads gets a copy, and the variable is a register's again; what a function changes lies where the verifier follows it.
/// </summary>
internal static class ReferenceArguments
{
    private const int Word = 8;

    internal static void Run(Module module, CompilerOptions options)
    {
        Dictionary<string, ParameterUse[]> uses = [];
        foreach (Function function in Inline.BottomUp(module)) uses[function.Name] = ParameterUses.Of(function, uses);
        foreach (Function function in module.Functions)
        {
            if (function.Slots.Count > 0) Copy(function, uses);
        }
    }

    /// <summary>
    /// Whether a call has to be inlined: it is in a loop and changes a number of less than eight bytes on the stack, of which kernels before 5.16 then know nothing.
    /// </summary>
    internal static bool NeedsInlining(Value call, Function callee, ParameterUse[] uses, CompilerOptions options)
    {
        if (callee.IsGlobal || options.MinimumKernel.CompareTo((5, 16)) >= 0) return false;
        Function function = call.Block!.Function;
        for (int i = 0; i < call.Arguments.Count && i < uses.Length; i++)
        {
            if (uses[i] is { Size: not 0, IsReadOnlyScalar: false } && call.Arguments[i] is { Op: Op.SlotAddress } slot && function.Slots[(int)slot.Immediate].Size < Word)
                return ControlFlow.IsInLoop(call.Block);
        }
        return false;
    }

    private static void Copy(Function function, Dictionary<string, ParameterUse[]> uses)
    {
        Dictionary<(int Slot, int Offset, int Size), int> copies = [];
        SlotUses slots = new(function, ControlFlow.ReversePostorder(function));
        foreach (Block block in function.Blocks)
        {
            for (int i = 0; i < block.Values.Count; i++)
            {
                Value call = block.Values[i];
                if (call.Op != Op.CallFunction || !uses.TryGetValue(call.Symbol!, out ParameterUse[]? parameters)) continue;
                for (int a = 0; a < call.Arguments.Count; a++)
                {
                    if (!slots.TryAddress(call.Arguments[a], out int slot, out int offset)) continue;
                    int size = parameters[a].Size;
                    if (parameters[a].IsReadOnlyScalar && offset >= 0 && offset + size <= function.Slots[slot].Size && !IsChangedBy(call, slot, parameters, slots))
                        i += Replace(block, i, a, CopyOf(slot, offset, size), size);
                    else if (function.Slots[slot].Size < Word)
                        function.Slots[slot] = function.Slots[slot] with { Size = Word, Alignment = Word };
                }
            }
        }

        int CopyOf(int slot, int offset, int size)
        {
            if (!copies.TryGetValue((slot, offset, size), out int copy)) copies.Add((slot, offset, size), copy = function.AddSlot(Word, Word, function.Slots[slot].Name).Index);
            return copy;
        }
    }

    /// <summary>Whether a call may write to a slot through another argument: what it reads would then be seen to change.</summary>
    private static bool IsChangedBy(Value call, int slot, ParameterUse[] parameters, SlotUses slots)
    {
        if (slots.Escapes[slot] == SlotEscape.Wild) return true;
        for (int i = 0; i < call.Arguments.Count; i++)
        {
            if (slots.TryAddress(call.Arguments[i], out int other, out _) && other == slot && parameters[i].IsWritten) return true;
        }
        return false;
    }

    /// <summary>Gives a call a copy for an argument; returns how many values now stand in front of it more.</summary>
    private static int Replace(Block block, int index, int argument, int copy, int size)
    {
        Value call = block.Values[index];
        Writer write = new(block.Function, block, index, call.DebugId);
        Access access = AccessExtensions.OfSize(size);
        Value number = write.Load(size == Word ? IrType.I64 : IrType.I32, access, call.Arguments[argument]);
        Value address = write.Slot(copy);
        write.Store(access, address, number);
        call.Arguments[argument] = address;
        return 3;
    }
}
