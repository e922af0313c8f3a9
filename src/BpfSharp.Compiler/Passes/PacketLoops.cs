using BpfSharp.Compiler.Analyses;
using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Functions with loops that become callbacks, to which references to places of packets may be given: they are put in the place of their calls before, up to the program.
/// It alone can give the callback the packet's end (see <see cref="LoopOutline"/>).
/// </summary>
internal static class PacketLoops
{
    internal static void Run(Module module, Func<Function, bool> hasCallback)
    {
        HashSet<Function> loops = [.. module.Functions.Where(hasCallback)];
        if (loops.Count == 0) return;
        PacketReferences packets = new(module);
        HashSet<Function> done = [];
        foreach (Function caller in Inline.BottomUp(module))
        {
            // Where there is such a loop, what else moves the caller's cursors is to be seen as well.
            while (Calls(module, caller).Where(c => (loops.Contains(caller) || loops.Contains(c.Callee)) && done.Contains(c.Callee)).ToList() is { Count: > 0 } calls)
            {
                PacketSlots.Infer(caller);
                calls.RemoveAll(c => !(loops.Contains(c.Callee) ? packets.MayBeGiven(c.Call, c.Callee) : packets.MayFollow(c.Call, c.Callee)));
                if (calls.Count == 0) break;
                foreach ((Value call, Function callee) in calls)
                {
                    InlineCall.Expand(caller, call, callee);
                    KeepResult(caller, call);
                    if (loops.Contains(callee)) loops.Add(caller);
                }
            }
            ControlFlow.RemoveUnreachable(caller);
            // A function that is not done yet calls itself, in the end: the front end reports that.
            done.Add(caller);
        }
        Inline.RemoveUnreferenced(module);
    }

    private static IEnumerable<(Value Call, Function Callee)> Calls(Module module, Function caller) =>
        caller.Blocks.SelectMany(static b => b.Values).Where(static v => v.Op == Op.CallFunction).Select(v => (v, module.FindFunction(v.Symbol!)!));

    /// <summary>What the callee returns is a variable: the passes over loops know no other values that several ways lead to.</summary>
    private static void KeepResult(Function caller, Value call)
    {
        if (call.Op != Op.Phi) return;
        int slot = caller.AddSlot(8, 8).Index;
        Block after = call.Block!;
        Access access = call.Type.IsI32 ? Access.U32 : Access.U64;
        for (int i = 0; i < call.Arguments.Count; i++)
        {
            Block from = after.Predecessors[i];
            Writer write = new(caller, from, from.Values.Count - 1, call.DebugId);
            write.Store(access, write.Slot(slot), call.Arguments[i]);
        }
        Value address = new Writer(caller, after, 0, call.DebugId).Slot(slot);
        call.Op = Op.Load;
        call.Access = access;
        call.Immediate = 0;
        call.Arguments.Clear();
        call.Arguments.Add(address);
    }
}
