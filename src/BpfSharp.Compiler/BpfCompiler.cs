using System.Collections.Immutable;
using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Passes;
using BpfSharp.Compiler.Target;
using BpfSharp.Objects;
using BpfSharp.Objects.Btf;

namespace BpfSharp.Compiler;

/// <summary>What the code may rely on.</summary>
public sealed record CompilerOptions
{
    /// <summary>The oldest kernel that <see cref="MinimumKernel"/> can be: the oldest that the programs are tested on. Each has instruction set v3.</summary>
    public static (int Major, int Minor) OldestKernel => (5, 10);

    /// <summary>The oldest kernel that must take the programs, as <c>(major, minor)</c>; 5.15 unless set.</summary>
    public (int Major, int Minor) MinimumKernel { get; init; } = (5, 15);

    /// <summary>The instruction-set version: 3 (kernel 5.1) or 4 (kernel 6.6); 0 is the newest that <see cref="MinimumKernel"/> has.</summary>
    public int InstructionSet { get; init; }

    /// <summary>The instruction set that is used: 3 or 4.</summary>
    public int InstructionSetVersion => InstructionSet != 0 ? InstructionSet : MinimumKernel.CompareTo((6, 6)) >= 0 ? 4 : 3;

    /// <summary>Whether the checker runs after every pass.</summary>
    public bool CheckAfterEveryPass { get; init; }
}

/// <summary>Something the compiler found wrong after the front end, at a place in the C# source.</summary>
/// <param name="Id">The diagnostic's id, <c>BPF####</c>.</param>
/// <param name="DebugId">The place.</param>
/// <param name="Arguments">What the message's format takes.</param>
public sealed record CompilerDiagnostic(string Id, int DebugId, ImmutableArray<string> Arguments);

/// <summary>A compiled module.</summary>
/// <param name="Object">The object, null if a diagnostic is an error. Its lines carry debug ids in <see cref="LineSpec.Line"/> until positions are joined.</param>
/// <param name="Diagnostics">What was found wrong.</param>
public sealed record CompilationResult(ObjectSpec? Object, ImmutableArray<CompilerDiagnostic> Diagnostics)
{
    /// <summary>What each function takes, in the object's order.</summary>
    public ImmutableArray<FunctionReport> Functions { get; init; } = [];
}

/// <summary>What a program or function takes.</summary>
/// <param name="Name">The symbol's name.</param>
/// <param name="Instructions">Instructions; those that load 64 bits count twice.</param>
/// <param name="Stack">Bytes of stack.</param>
/// <param name="DeepestStack">Bytes of stack with the functions and callbacks below it, each in steps of 32, as the verifier counts: at most 512.</param>
public sealed record FunctionReport(string Name, int Instructions, int Stack, int DeepestStack);

/// <summary>Compiles a module to an object.</summary>
public static class BpfCompiler
{
    /// <summary>
    /// Compiles <paramref name="module"/>, which is changed on the way. Errors are diagnostics; an exception is a bug of the compiler.
    /// </summary>
    public static CompilationResult Compile(Module module, CompilerOptions options)
    {
        ImmutableArray<CompilerDiagnostic>.Builder diagnostics = ImmutableArray.CreateBuilder<CompilerDiagnostic>();
        if (module.MinimumKernel is { } minimum) options = options with { MinimumKernel = minimum };
        MapTypeRequirements.Check(module, options, diagnostics);
        LoopRequirements.Check(module, options, diagnostics);
        PassManager.Run(module, options);
        HelperRequirements.Check(module, options, diagnostics);
        MapTypeRequirements.CheckSleepable(module, options, diagnostics);
        HandleRequirements.Check(module, diagnostics);
        KernelWriteRequirements.Check(module, options, diagnostics);
        KernelFunctions.Check(module, options, diagnostics);
        AtomicRequirements.Check(module, options, diagnostics);
        MemoryRequirements.Check(module, diagnostics);
        LockRequirements.Check(module, diagnostics);
        MapRequirements.Check(module, options, diagnostics);
        TailCallRequirements.Check(module, diagnostics);
        TimerRequirements.Check(module, diagnostics);
        ArenaRequirements.Check(module, diagnostics);
        GlobalFunctionRequirements.Check(module, options, diagnostics);
        List<BtfType> types = [.. module.Types];
        (ImmutableArray<DataSectionSpec> sections, Dictionary<string, (string Section, int Offset)> places) = DataSections.Run(module, types);
        KernelFunctions.Declare(module, types);
        foreach (Function function in FaultPropagation.Run(module)) diagnostics.Add(new CompilerDiagnostic(function.IsGlobal ? "BPF0512" : "BPF0503", function.DebugId, [function.Name]));
        FaultCounting.Run(module);
        ImmutableArray<FunctionSpec>.Builder functions = ImmutableArray.CreateBuilder<FunctionSpec>();
        Dictionary<string, MachineFunction> machines = new(StringComparer.Ordinal);
        foreach (Function function in module.Functions)
        {
            MachineFunction machine = CodeGeneration.Run(function, options.InstructionSetVersion);
            machines.Add(function.Name, machine);
            if (machine.StackSize > Frame.Limit) diagnostics.Add(StackTooLarge(machine));
            else if (Encoding.Run(machine, places) is FunctionSpec spec) functions.Add(spec);
            else diagnostics.Add(new CompilerDiagnostic("BPF0502", function.DebugId, [function.Name]));
        }
        if (diagnostics.Count == 0) CheckChains(module, machines, diagnostics);
        if (diagnostics.Count > 0) return new CompilationResult(null, diagnostics.ToImmutable());
        ObjectSpec result = new()
        {
            License = module.License,
            Functions = functions.ToImmutable(),
            Maps = [.. module.Maps],
            DataSections = sections,
            Btf = types.Count > 0 ? new BtfTypes([.. types]) : null,
        };
        ImmutableArray<FunctionReport> reports =
            [.. functions.Select(f => new FunctionReport(f.Name, f.Instructions.Length, machines[f.Name].StackSize, CallDepth.Deepest(machines[f.Name], machines).Sum(CallDepth.Size)))];
        return new CompilationResult(result, []) { Functions = reports };
    }

    private static void CheckChains(Module module, Dictionary<string, MachineFunction> machines, ImmutableArray<CompilerDiagnostic>.Builder diagnostics)
    {
        foreach (Function program in module.Functions.Where(static f => f.IsProgram))
        {
            List<MachineFunction> deepest = CallDepth.Deepest(machines[program.Name], machines), longest = CallDepth.Longest(machines[program.Name], machines);
            int bytes = deepest.Sum(CallDepth.Size);
            if (bytes > Frame.Limit) Report(deepest, $"{bytes} bytes of stack, and the kernel allows {Frame.Limit}", Largest(deepest));
            else if (longest.Count > CallDepth.MostFrames) Report(longest, $"{longest.Count} functions on the stack, and the kernel allows {CallDepth.MostFrames}", "");

            void Report(List<MachineFunction> chain, string needs, string largest) =>
                diagnostics.Add(new CompilerDiagnostic("BPF0508", program.DebugId, [string.Join(" → ", chain.Select(static f => f.Source.Name)), needs, largest]));
        }
    }

    private static string Largest(List<MachineFunction> chain)
    {
        string[] largest =
            [.. chain.SelectMany(static f => f.Slots.Where(static s => s.Offset != 0 && s.Name.Length > 0).Select(s => (Slot: s, Function: f.Source.Name)))
                .OrderByDescending(static s => s.Slot.Size).Take(3).Select(static s => $"{s.Slot.Name} of {s.Function} ({s.Slot.Size} bytes)")];
        return largest.Length == 0 ? "" : "; the largest locals are " + string.Join(", ", largest);
    }

    private static CompilerDiagnostic StackTooLarge(MachineFunction machine)
    {
        IEnumerable<string> largest = machine.Slots.Where(static s => s.Offset != 0 && s.Name.Length > 0).OrderByDescending(static s => s.Size).Take(3)
            .Select(static s => $"{s.Name} ({s.Size} bytes)");
        return new CompilerDiagnostic("BPF0501", machine.Source.DebugId, [machine.Source.Name, machine.StackSize.ToString(), string.Join(", ", largest.DefaultIfEmpty("values without a name, of inlined methods among them"))]);
    }
}
