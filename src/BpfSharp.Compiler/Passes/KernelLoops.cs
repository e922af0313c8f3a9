using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>What a loop of <c>Bpf.Range</c> or <c>Bpf.Loop</c> becomes.</summary>
internal enum LoopForm
{
    /// <summary>An ordinary loop, which the verifier follows round by round.</summary>
    Ordinary,
    /// <summary>A callback of <c>bpf_loop</c> (5.17).</summary>
    Callback,
    /// <summary>The kernel's iterator (6.4).</summary>
    Iterator,
}

/// <summary>
/// Gives the loops that the front end wrote as the kernel's iterator over numbers (<c>Bpf.Range</c>) and as <c>bpf_loop</c> (<c>Bpf.Loop</c>) the form
/// that the oldest kernel has. It runs first, while every variable is a slot, so that a body can become a function without looking for its variables.
/// </summary>
internal static class KernelLoops
{
    /// <summary>The kernel's <c>BPF_MAX_LOOPS</c>.</summary>
    internal const int KernelLimit = 8 * 1024 * 1024;

    /// <summary>How often an ordinary loop goes round at most: the verifier keeps up to 8,192 branches open.</summary>
    internal const int OrdinaryLimit = 2048;

    /// <summary>So few rounds are an ordinary loop on every kernel: the verifier sees each number, and nothing is called.</summary>
    internal const int FewRounds = 32;

    /// <summary><c>bpf_loop</c>.</summary>
    internal const int LoopHelper = 181;

    internal static void Run(Module module, CompilerOptions options)
    {
        LoopForm ranges = RangeForm(options, module.License), loops = options.MinimumKernel.CompareTo((5, 17)) >= 0 ? LoopForm.Callback : LoopForm.Ordinary;
        // The list grows by the bodies that become functions.
        for (int i = 0; i < module.Functions.Count; i++)
        {
            Function function = module.Functions[i];
            while (FindLast(function) is { } start) LowerRange(module, function, start, ranges);
            if (ranges == LoopForm.Iterator) Unmark(function);
            if (loops == LoopForm.Callback) continue;
            foreach (Value call in Values(function).Where(static v => v.Op == Op.CallHelper && v.Immediate == LoopHelper).ToList()) OrdinaryLoops.LowerCallback(module, function, call);
            if (ranges == LoopForm.Ordinary) LowerLimits(function);
        }
    }

    /// <summary>What a loop over <c>Bpf.Range</c> becomes if its rounds are not few. Kernel functions are for programs under the GPL alone.</summary>
    internal static LoopForm RangeForm(CompilerOptions options, string licence) =>
        options.MinimumKernel.CompareTo((6, 4)) >= 0 && HelperRequirements.IsGplCompatible(licence) ? LoopForm.Iterator
        : options.MinimumKernel.CompareTo((5, 17)) >= 0 ? LoopForm.Callback
        : LoopForm.Ordinary;

    /// <summary>How many rounds a loop can have.</summary>
    internal static long MostRounds(CompilerOptions options, string licence) => RangeForm(options, licence) == LoopForm.Ordinary ? OrdinaryLimit : KernelLimit;

    /// <summary>The rounds of a loop that starts at a value; null if none does.</summary>
    internal static Value? Rounds(Value value) => value switch
    {
        { Op: Op.CallKernel, Symbol: KernelFunctions.NewNumbers } => value.Arguments[2],
        { Op: Op.CallHelper, Immediate: LoopHelper } when value.Arguments[0] is { Op: Op.ZExt32 } wide => wide.Arguments[0],
        { Op: Op.CallHelper, Immediate: LoopHelper } => value.Arguments[0],
        _ => null,
    };

    private static IEnumerable<Value> Values(Function function) => function.Blocks.SelectMany(static b => b.Values);

    /// <summary>The start of the loop that is written last and not done yet: loops inside others come before those around them.</summary>
    private static Value? FindLast(Function function) =>
        Values(function).Where(static v => v is { Op: Op.CallKernel, Symbol: KernelFunctions.NewNumbers, Name: null }).OrderBy(static v => v.Id).LastOrDefault();

    private static void LowerRange(Module module, Function function, Value start, LoopForm form)
    {
        if (start.Arguments[2] is { Op: Op.Const } count && (uint)count.Immediate <= FewRounds) form = LoopForm.Ordinary;
        NumberLoop loop = NumberLoop.Find(function, start);
        // A body that never comes back runs once: no loop.
        if (form == LoopForm.Iterator && !IteratorLoops.Suits(module, function, loop)) form = LoopForm.Callback;
        if (form == LoopForm.Iterator && loop.Body.Count > 0) start.Name = Done;
        else if (form == LoopForm.Callback && loop.Body.Count > 0) LoopOutline.Run(module, function, loop);
        else OrdinaryLoops.Lower(function, loop);
    }

    private const string Done = "iterator";

    private static void Unmark(Function function)
    {
        foreach (Value value in Values(function))
        {
            if (value is { Op: Op.CallKernel, Name: Done }) value.Name = null;
        }
    }

    /// <summary>What the front end compares unknown rounds with was the kernel's limit.</summary>
    private static void LowerLimits(Function function)
    {
        foreach (Value value in Values(function))
        {
            if (value is { Op: Op.Const, Name: KernelFunctions.RoundLimit }) value.Immediate = OrdinaryLimit;
        }
    }
}
