using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Helpers do not take a part of the context or of an arena as memory: they get a slot instead, which is filled from there before the call and
/// copied back behind it.
/// </summary>
internal static class ContextArguments
{
    internal static void Run(Function function, PassContext context)
    {
        foreach (Block block in function.Blocks)
        {
            for (int i = 0; i < block.Values.Count; i++)
            {
                Value call = block.Values[i];
                if (call.Op != Op.CallHelper || Helpers.Find((int)call.Immediate) is not { } helper) continue;
                for (int a = 0; a + 1 < call.Arguments.Count && a < helper.Arguments.Length; a++)
                {
                    if (!IsRefused(call.Arguments[a].Type.Region, context) || !IsMemory(helper.Arguments[a])) continue;
                    if (call.Arguments[a + 1] is { Op: Op.Const, Core: null, Immediate: > 0 and <= 512 } size) i += Replace(function, block, i, a, (int)size.Immediate);
                }
            }
        }
    }

    private static bool IsRefused(Region region, PassContext context) => region is Region.Context or Region.Arena || (region == Region.Unknown && context.HasArena);

    private static bool IsMemory(HelperArgument argument) =>
        argument is HelperArgument.Memory or HelperArgument.NewMemory or HelperArgument.MemoryOrNull or HelperArgument.ReadOnlyMemory or HelperArgument.ReadOnlyMemoryOrNull;

    /// <summary>Gives the call at an index a slot for an argument; returns how many values now stand in front of it more.</summary>
    private static int Replace(Function function, Block block, int index, int argument, int size)
    {
        Value call = block.Values[index], original = call.Arguments[argument];
        Value slot = Make(Op.SlotAddress, IrType.Pointer(Region.Stack), function.AddSlot(size, 8, "").Index);
        call.Arguments[argument] = slot;
        block.Values.Insert(index + 1, Make(Op.Copy, IrType.Void, size, original, slot));
        block.Values.Insert(index, Make(Op.Copy, IrType.Void, size, slot, original));
        block.Values.Insert(index, slot);
        return 2;

        Value Make(Op op, IrType type, long immediate, params Value[] arguments)
        {
            Value value = function.NewValue(op, type, arguments);
            (value.Immediate, value.DebugId, value.Block) = (immediate, call.DebugId, block);
            return value;
        }
    }
}
