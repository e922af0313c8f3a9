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
        Decide(module, ranges);
        PacketLoops.Run(module, static f => Values(f).Any(static v => FormOf(v) == LoopForm.Callback));
        // The list grows by the bodies that become functions.
        for (int i = 0; i < module.Functions.Count; i++)
        {
            Function function = module.Functions[i];
            while (FindInner(function) is { } start) LowerRange(module, function, start, ranges);
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

    /// <summary>Marks each loop with the form that it gets.</summary>
    private static void Decide(Module module, LoopForm form)
    {
        HashSet<Block> outlined = [];
        foreach (Function function in module.Functions)
        {
            // Loops inside others are written behind those around them.
            foreach (Value start in Values(function).Where(static v => v is { Op: Op.CallKernel, Symbol: KernelFunctions.NewNumbers }).OrderByDescending(static v => v.Id).ToList())
            {
                NumberLoop loop = NumberLoop.Find(function, start);
                start.Name = FormOf(module, function, loop, form, outlined).ToString();
                if (FormOf(start) == LoopForm.Callback) outlined.UnionWith(loop.Body);
            }
        }
    }

    private static LoopForm FormOf(Module module, Function function, NumberLoop loop, LoopForm form, HashSet<Block> outlined)
    {
        // A body that never comes back runs once: no loop.
        if (loop.Body.Count == 0 || loop.Count is { Op: Op.Const } count && (uint)count.Immediate <= FewRounds) return LoopForm.Ordinary;
        return form == LoopForm.Iterator && !IteratorLoops.Suits(module, function, loop, outlined) ? LoopForm.Callback : form;
    }

    /// <summary>The form that a call of <c>new</c> is marked with; null for all else.</summary>
    private static LoopForm? FormOf(Value value) =>
        value is { Op: Op.CallKernel, Symbol: KernelFunctions.NewNumbers, Name: { } name } && Enum.TryParse(name, out LoopForm form) ? form : null;

    /// <summary>The start of a loop that is no iterator, and in which no such loop is left: loops inside others come before those around them.</summary>
    private static Value? FindInner(Function function)
    {
        List<Value> starts = [.. Values(function).Where(static v => FormOf(v) is LoopForm.Ordinary or LoopForm.Callback).OrderByDescending(static v => v.Id)];
        return starts.Find(start => NumberLoop.Find(function, start).Body is var body && !starts.Exists(other => other != start && body.Contains(other.Block!)));
    }

    private static void LowerRange(Module module, Function function, Value start, LoopForm form)
    {
        NumberLoop loop = NumberLoop.Find(function, start);
        if (FormOf(start) != LoopForm.Callback) OrdinaryLoops.Lower(function, loop);
        else if (!LoopOutline.Run(module, function, loop, isNeeded: form == LoopForm.Callback)) start.Name = nameof(LoopForm.Iterator);
    }

    private static void Unmark(Function function)
    {
        foreach (Value value in Values(function))
        {
            if (FormOf(value) is not null) value.Name = null;
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
