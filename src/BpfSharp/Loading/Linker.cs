using BpfSharp.Objects;
using BpfSharp.Objects.Btf;
using BpfSharp.Objects.Instructions;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp.Loading;

/// <summary>
/// Puts a program and its subprograms together as libbpf does: each subprogram that is called, directly or through others, stands
/// once behind the program; then relocations fill in maps, data, calls and what the running kernel provides.
/// </summary>
internal sealed class Linker(ObjectSpec spec, ExternTable externs, KernelSymbols kernel, CoreRelocations core, LoadedParts parts)
{
    private const byte LoadImmediate64 = 0x18, Call = 0x85;
    private const int PseudoMapFd = 1, PseudoMapValue = 2, PseudoFunction = 4, PseudoBtfId = 3, PseudoCall = 1, PseudoKfunc = 2;
    private const int MissingFunction = 2002000000; // libbpf's POISON_CALL_KFUNC_BASE
    private const string ExceptionCallback = "exception_callback:";
    private readonly Dictionary<string, FunctionSpec> _functions = Index(spec);

    /// <summary>Links a program.</summary>
    /// <exception cref="BpfException">Something that it refers to is not in the object or not in the kernel.</exception>
    public LinkedProgram Link(FunctionSpec program)
    {
        List<(FunctionSpec Function, int Start)> placed = [];
        Dictionary<string, int> starts = new(StringComparer.Ordinal);
        int length = 0;
        Place(program);
        // No instruction refers to it: the kernel finds it by the tag.
        if (CallbackOf(program) is { } callback && !starts.ContainsKey(callback.Name)) Place(callback);
        Instruction[] code = new Instruction[length];
        Dictionary<int, MissingMember>? missing = null;
        List<BpfHandle> modules = [];
        foreach ((FunctionSpec function, int start) in placed)
        {
            RelocatedFunction relocated = core.Apply(function);
            relocated.Instructions.CopyTo(code, start);
            foreach ((int index, MissingMember what) in relocated.Missing) (missing ??= []).TryAdd(start + index, what);
            foreach (RelocationSpec relocation in function.Relocations) Apply(code, function, start, relocation, starts, modules);
        }

        LinkedProgram linked = new(code, placed) { Modules = modules };
        return missing is null ? linked : linked with { Missing = missing };

        void Place(FunctionSpec function)
        {
            placed.Add((function, length));
            starts.Add(function.Name, length);
            length += function.Instructions.Length;
            foreach (RelocationSpec relocation in function.Relocations)
            {
                if (relocation.Kind is not (RelocationKind.Call or RelocationKind.Function) || starts.ContainsKey(relocation.Symbol)) continue;
                Place(_functions.TryGetValue(relocation.Symbol, out FunctionSpec? callee) ? callee : throw Missing(function, relocation, "function"));
            }
        }
    }

    /// <summary>The function that runs when a program throws (<c>bpf_throw</c>, kernel 6.7), which a tag names; null if there is none.</summary>
    private FunctionSpec? CallbackOf(FunctionSpec program)
    {
        if (program.BtfTypeId == 0 || spec.Btf is not { } types) return null;
        foreach (BtfType type in types)
        {
            if (type is not BtfDeclarationTag { Component: -1 } tag || tag.TypeId != program.BtfTypeId || !tag.Name.StartsWith(ExceptionCallback, StringComparison.Ordinal)) continue;
            string name = tag.Name[ExceptionCallback.Length..];
            return _functions.TryGetValue(name, out FunctionSpec? callback) ? callback
                : throw new BpfException($"cannot load '{program.Name}': its exception callback '{name}' is no function of the object");
        }

        return null;
    }

    private void Apply(Instruction[] code, FunctionSpec function, int start, RelocationSpec relocation, Dictionary<string, int> starts, List<BpfHandle> modules)
    {
        int at = start + relocation.Index;
        switch (relocation.Kind)
        {
            case RelocationKind.Map when parts.Maps.TryGetValue(relocation.Symbol, out BpfMap? map):
                SetLoad(code, at, PseudoMapFd, map.Fd, 0);
                break;
            case RelocationKind.Data when parts.Sections.TryGetValue(relocation.Symbol, out DataSectionMap? section):
                SetLoad(code, at, PseudoMapValue, section.Map.Fd, relocation.Addend);
                break;
            case RelocationKind.Data when relocation.Symbol == Arenas.Section && parts.Arena is { } arena:
                SetLoad(code, at, PseudoMapValue, arena.Fd, relocation.Addend);
                break;
            case RelocationKind.Call:
                code[at] = Set(code[at], PseudoCall, starts[relocation.Symbol] - at - 1);
                break;
            case RelocationKind.Function:
                SetLoad(code, at, PseudoFunction, starts[relocation.Symbol] - at - 1, 0);
                break;
            case RelocationKind.Extern:
                ApplyExtern(code, at, function, relocation, modules);
                break;
            default:
                throw Missing(function, relocation, relocation.Kind == RelocationKind.Map ? "map" : "data section");
        }
    }

    /// <summary>Settings of the kernel's configuration, kernel functions (5.13, of modules 5.15), typed variables and addresses.</summary>
    private void ApplyExtern(Instruction[] code, int at, FunctionSpec function, RelocationSpec relocation, List<BpfHandle> modules)
    {
        bool call = code[at].Code == Call;
        if (externs.Find(relocation.Symbol) is { IsConfig: true } config)
        {
            SetLoad(code, at, PseudoMapValue, parts.Sections[ExternTable.ConfigSection].Map.Fd, config.Offset);
            return;
        }

        KernelSymbol? found = kernel.Find(relocation.Symbol, call);
        if (found is null or { IsIncompatible: true } && spec.WeakExterns.Contains(relocation.Symbol))
        {
            // The program asks whether it is there before it uses it: an address of 0, or a call that the verifier never reaches.
            // As libbpf, one that no kernel has: kernels before 5.16 look up even those that are never reached.
            if (call) code[at] = Set(code[at], 0, MissingFunction) with { Offset = 0 };
            else SetLoad(code, at, 0, 0, 0);
            return;
        }

        if (found is not { IsIncompatible: false } symbol)
            throw new BpfException($"cannot load '{function.Name}': this kernel ({Errors.RunningKernel.Version}) has no {(call ? "kernel function" : "symbol")} '{relocation.Symbol}'"
                + (found is null ? "" : " with these parameters and this result"));
        if (call) code[at] = Set(code[at], PseudoKfunc, symbol.TypeId) with { Offset = ModuleNumber(symbol.Module, modules) };
        else if (symbol.TypeId != 0) SetLoad(code, at, PseudoBtfId, symbol.TypeId, symbol.Module?.Fd ?? 0);
        else SetLoad(code, at, 0, unchecked((int)symbol.Address), (int)(symbol.Address >> 32));
    }

    private static short ModuleNumber(BpfHandle? module, List<BpfHandle> modules)
    {
        if (module is null) return 0;
        if (!modules.Contains(module)) modules.Add(module);
        return (short)(modules.IndexOf(module) + 1);
    }

    private static void SetLoad(Instruction[] code, int at, int pseudo, int low, int high)
    {
        if (code[at].Code != LoadImmediate64 || at + 1 >= code.Length)
            throw new FormatException($"instruction {at} is to load an address, but its opcode is 0x{code[at].Code:x2}");
        code[at] = Set(code[at], pseudo, low);
        code[at + 1] = code[at + 1] with { Immediate = high };
    }

    private static Instruction Set(Instruction instruction, int source, int immediate) =>
        instruction with { Registers = (byte)(instruction.Destination | (source << 4)), Immediate = immediate };

    private static Dictionary<string, FunctionSpec> Index(ObjectSpec spec)
    {
        Dictionary<string, FunctionSpec> functions = new(StringComparer.Ordinal);
        foreach (FunctionSpec function in spec.Functions) functions.TryAdd(function.Name, function);
        return functions;
    }

    private static BpfException Missing(FunctionSpec function, RelocationSpec relocation, string what) =>
        new($"cannot load '{function.Name}': it refers to {what} '{relocation.Symbol}', which the object does not have");
}
