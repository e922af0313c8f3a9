using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler.Passes;

/// <summary>A step of the pipeline: over the module, or over each function.</summary>
/// <param name="Name">What it does, in a word; the same pass may be in the table more than once.</param>
/// <param name="After">The passes of which one run must have come before.</param>
internal abstract record Pass(string Name, params string[] After);

/// <summary>A pass over the module.</summary>
internal sealed record ModulePass(string Name, Action<Module, CompilerOptions> Run, params string[] After) : Pass(Name, After);

/// <summary>A pass over one function, which looks at nothing else but the module's declarations.</summary>
internal sealed record FunctionPass(string Name, Action<Function, PassContext> Run, params string[] After) : Pass(Name, After);

/// <summary>What a function pass may know beside the function.</summary>
/// <param name="Module">The module; its functions are not looked into.</param>
/// <param name="Options">What the code may rely on.</param>
internal sealed record PassContext(Module Module, CompilerOptions Options)
{
    /// <summary>The globals by name.</summary>
    internal Dictionary<string, Global> Globals { get; } = MakeGlobals(Module);

    /// <summary>Whether there is an arena, into which every pointer may go of which nothing is known.</summary>
    internal bool HasArena { get; } = Module.Maps.Exists(static m => m.Type == MapType.Arena);

    private const long ForEachElement = 164;

    private List<CallbackStates.StateCall>? _stateCalls;

    /// <summary>The calls with callbacks that run while the program waits, when <see cref="CallbackStates"/> first asks.</summary>
    internal List<CallbackStates.StateCall> StateCalls => _stateCalls ??= CallbackStates.Find(Module);

    private HashSet<string>? _callbacks;

    /// <summary>The functions that <c>bpf_for_each_map_elem</c> and <c>bpf_loop</c> call, when a pass first asks.</summary>
    internal HashSet<string> Callbacks => _callbacks ??=
    [
        .. Module.Functions.SelectMany(static f => f.Blocks).SelectMany(static b => b.Values)
            .Where(static v => v is { Op: Op.CallHelper, Immediate: ForEachElement or KernelLoops.LoopHelper } && v.Arguments[1].Op == Op.FunctionAddress)
            .Select(static v => v.Arguments[1].Symbol!),
    ];

    private static Dictionary<string, Global> MakeGlobals(Module module)
    {
        Dictionary<string, Global> globals = [];
        foreach (Global global in module.Globals) globals[global.Name] = global;
        return globals;
    }
}

/// <summary>The pipeline in its order.</summary>
internal static class PassTable
{
    /// <summary>The passes in the order in which they run.</summary>
    internal static readonly Pass[] Rows =
    [
        // Loops that the kernel runs, as the oldest kernel can have them.
        new ModulePass("loops", KernelLoops.Run),

        // Each function by itself, so that the inliner sees what is left of it.
        new FunctionPass("cleanup", CfgCleanup.Run),
        new FunctionPass("promote", Promote.Run, "cleanup"),
        new FunctionPass("fold", Fold.Run),
        new FunctionPass("cleanup", CfgCleanup.Run),
        new ModulePass("inline", Inline.Run, "promote", "loops"),

        // The whole program.
        new ModulePass("references", ReferenceArguments.Run, "inline"),
        new FunctionPass("cleanup", CfgCleanup.Run),
        new FunctionPass("promote", Promote.Run, "inline"),
        new FunctionPass("sccp", Sccp.Run, "promote"),
        new FunctionPass("fold", Fold.Run),
        new FunctionPass("cleanup", CfgCleanup.Run),
        new FunctionPass("gvn", Gvn.Run, "promote"),
        new FunctionPass("memory", MemoryOpt.Run, "promote"),
        new FunctionPass("kernelreads", KernelReads.Run, "inline"),
        new FunctionPass("fold", Fold.Run),
        new FunctionPass("thread", JumpThread.Run, "promote"),
        new FunctionPass("cleanup", CfgCleanup.Run),

        // What the verifier should not count.
        new FunctionPass("totals", LoopTotals.Run, "thread"),

        // What the target takes.
        new FunctionPass("phisink", PhiSink.Run, "thread"),
        new FunctionPass("phiaddresses", PhiAddresses.Run, "thread"),
        new FunctionPass("fold", Fold.Run),
        new FunctionPass("ranges", Ranges.Run, "gvn"),
        new FunctionPass("cleanup", CfgCleanup.Run),
        new FunctionPass("fold", Fold.Run),
        new FunctionPass("far", FarPackets.Run, "ranges", "phiaddresses"),
        new FunctionPass("packets", PacketChecks.Run, "ranges", "phiaddresses"),
        new FunctionPass("checks", ImpliedChecks.Run, "ranges"),
        new FunctionPass("cleanup", CfgCleanup.Run),
        new FunctionPass("loads", NarrowLoads.Run),
        new FunctionPass("contextarguments", ContextArguments.Run, "promote"),
        new FunctionPass("deadstores", DeadStores.Run, "memory"),
        new FunctionPass("recordstores", RecordStores.Run, "memory"),
        new FunctionPass("slots", SharedSlots.Run, "deadstores"),
        new FunctionPass("legalise", Legalise.Run, "inline"),
        new FunctionPass("fold", Fold.Run),
        new FunctionPass("gvn", Gvn.Run),
        new FunctionPass("addressfold", AddressFold.Run, "legalise"),
        new FunctionPass("dce", Dce.Run),
        new FunctionPass("cleanup", CfgCleanup.Run),
        new FunctionPass("callbackstates", CallbackStates.Run, "legalise"),
        new FunctionPass("comparisons", LoopComparisons.Run, "ranges"),
        // Last: the passes before it would see that the check says nothing.
        new FunctionPass("loopends", LoopEnds.Run, "loops", "ranges"),
    ];

    /// <summary>The first constraint that the table breaks, null if it keeps all.</summary>
    internal static string? BrokenOrder(IReadOnlyList<Pass> rows)
    {
        HashSet<string> done = [];
        foreach (Pass pass in rows)
        {
            foreach (string before in pass.After)
            {
                if (!done.Contains(before)) return $"'{pass.Name}' runs before '{before}'";
            }
            done.Add(pass.Name);
        }
        return null;
    }
}
