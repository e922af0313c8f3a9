using System.Collections.Immutable;
using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Passes;
using BpfSharp.Objects;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>The parameters of programs behind the context: what the kernel hands over in the context.</summary>
internal sealed partial class FunctionLowering
{
    /// <summary>What a hook's context holds.</summary>
    private enum ContextShape
    {
        /// <summary>One 64-bit word for each argument, of which the verifier knows the type.</summary>
        TypedWords,
        /// <summary>One 64-bit word for each argument.</summary>
        Words,
        /// <summary>The same, and the verifier knows that the first is an address where programs may write.</summary>
        WritableWords,
        /// <summary>Registers at a function's entry.</summary>
        Registers,
        /// <summary>Registers at a function's return.</summary>
        ReturnRegisters,
        /// <summary>Registers of which the first points to those of a system call.</summary>
        SystemCall,
        /// <summary>Registers, and elsewhere what a static probe's note says of them.</summary>
        Probe,
        /// <summary>A struct of the kernel's.</summary>
        Struct,
    }

    private static readonly Dictionary<string, ContextShape> s_shapes = new(StringComparer.Ordinal)
    {
        ["tp_btf"] = ContextShape.TypedWords,
        ["fentry"] = ContextShape.TypedWords,
        ["fexit"] = ContextShape.TypedWords,
        ["fmod_ret"] = ContextShape.TypedWords,
        ["lsm"] = ContextShape.TypedWords,
        ["raw_tp"] = ContextShape.Words,
        ["raw_tp.w"] = ContextShape.WritableWords,
        ["kprobe"] = ContextShape.Registers,
        ["kretprobe"] = ContextShape.ReturnRegisters,
        ["uprobe"] = ContextShape.Registers,
        ["uretprobe"] = ContextShape.ReturnRegisters,
        ["usdt"] = ContextShape.Probe,
        ["ksyscall"] = ContextShape.SystemCall,
        ["kretsyscall"] = ContextShape.ReturnRegisters,
        ["iter"] = ContextShape.Struct,
    };

    /// <summary>Hooks of which kernels mark some arguments as nullable, each kernel others.</summary>
    private static readonly HashSet<string> s_mayPassNull = new(StringComparer.Ordinal) { "tp_btf", "lsm" };

    /// <summary>Frequent hooks of which no argument is ever null.</summary>
    private static readonly HashSet<string> s_neverNull = new(StringComparer.Ordinal)
    {
        "tp_btf/sched_switch", "tp_btf/sched_wakeup", "tp_btf/sched_wakeup_new", "tp_btf/sched_waking", "tp_btf/sched_process_exec", "tp_btf/sched_process_exit",
        "tp_btf/sched_process_fork", "tp_btf/sys_enter", "tp_btf/sys_exit", "tp_btf/inet_sock_set_state",
    };

    private void BindHookArguments()
    {
        Value context = Load(PlaceOf(_frame.Variables[_frame.Signature.Parameters[0].Symbol]));
        ImmutableArray<SignatureParameter> parameters = _plan.HookArguments;
        ContextShape shape = s_shapes[_plan.Hook!.Prefix];
        Value[] values = shape switch
        {
            ContextShape.Struct => [context],
            ContextShape.TypedWords or ContextShape.Words or ContextShape.WritableWords => [.. parameters.Select((p, i) => Word(context, i, p.Layout, shape))],
            ContextShape.ReturnRegisters => [ReturnRegister(context)],
            ContextShape.Probe => ProbeArguments(context, parameters.Length),
            ContextShape.SystemCall => SystemCallArguments(context, parameters.Length),
            _ => Registers(context, static (r, i) => r.Arguments[i], parameters.Length),
        };
        for (int i = 0; i < parameters.Length; i++)
        {
            bool isWord = shape is not (ContextShape.Struct or ContextShape.TypedWords or ContextShape.Words or ContextShape.WritableWords);
            Bind(_frame, parameters[i], isWord ? FromWord(values[i], parameters[i].Layout) : values[i]);
        }
    }

    private Value Word(Value context, int index, TypeLayout layout, ContextShape shape)
    {
        if (shape == ContextShape.WritableWords && index == 0)
        {
            Value buffer = _b.Load(IrType.Pointer(Region.Tracepoint), Access.U64, context);
            return layout.Kind == LayoutKind.Pointer ? buffer : FromWord(_b.Add(Op.AddressOf, IrType.I64, buffer), layout);
        }
        if (shape != ContextShape.TypedWords || _module.KernelType(layout.Type) is not { IsEnum: false }) return FromWord(_b.Load(IrType.I64, Access.U64, context, 8 * index), layout);
        Value pointer = _b.Load(IrType.Pointer(Region.Btf), Access.U64, context, 8 * index);
        if (s_mayPassNull.Contains(_plan.Hook!.Prefix) && !s_neverNull.Contains(_plan.Function.Section)) pointer.Symbol = KernelReads.Nullable;
        return pointer;
    }

    private Value ArgumentRegister(Value context, int index) => Registers(context, (r, _) => r.Arguments[index], 1)[0];

    private Value ReturnRegister(Value context) => Registers(context, static (r, _) => r.ReturnValue, 1)[0];

    /// <summary>Registers of the context.</summary>
    private Value[] Registers(Value context, Func<PtRegs, int, PtRegs.Place> place, int count) => OnArchitecture(
        registers => [.. Enumerable.Range(0, count).Select(i => _module.Kernel.Relocate(_b.Load(IrType.I64, Access.U64, context), CoreRelocationKind.FieldByteOffset, PathTo(place(registers, i), registers)))],
        count);

    /// <summary>The arguments of a system call: the entry function's first argument points to the registers of user space.</summary>
    private Value[] SystemCallArguments(Value context, int count) => OnArchitecture(
        registers =>
        {
            Value first = _module.Kernel.Relocate(_b.Load(IrType.I64, Access.U64, context), CoreRelocationKind.FieldByteOffset, PathTo(registers.Arguments[0], registers));
            Value inner = _b.Add(Op.PointerTo, IrType.Pointer(), first);
            return [.. Enumerable.Range(0, count).Select(i => KernelRead(Op.KernelRead, new KernelPlace(inner, PathTo(registers.SystemCallArguments[i], registers)), Layouts.Int64))];
        },
        count);

    /// <summary>
    /// Words that each architecture keeps somewhere else. Which struct the registers are in is the running kernel's: the loader decides the branch,
    /// and what is behind the other one is never run.
    /// </summary>
    private Value[] OnArchitecture(Func<PtRegs, Value[]> words, int count)
    {
        Place[] results = [.. Enumerable.Range(0, count).Select(_ => NewTemporary(Layouts.Int64))];
        Block first = _b.NewBlock(), second = _b.NewBlock(), end = _b.NewBlock();
        Value isX64 = _module.Kernel.Relocate(_b.Const32(0), CoreRelocationKind.FieldExists, PathTo(PtRegs.X64.Arguments[0], PtRegs.X64));
        _b.Branch(_b.Compare(Op.Ne, isX64, _b.Const32(0)), first, second);
        foreach ((Block block, PtRegs registers) in new[] { (first, PtRegs.X64), (second, PtRegs.Arm64) })
        {
            _b.Continue(block);
            Value[] values = words(registers);
            for (int i = 0; i < count; i++) Store(results[i], values[i]);
            _b.Jump(end);
        }
        _b.Continue(end);
        return [.. results.Select(Load)];
    }

    private KernelPath PathTo(PtRegs.Place place, PtRegs registers)
    {
        LocalType type = _module.Kernel.Struct(place.Struct ?? registers.Struct);
        LocalMemberType.Integer word = new(8, false, false);
        LocalMember member = type.Member(place.Member, () => place.Index < 0 ? word : new LocalMemberType.Array(word, registers.Count));
        KernelPath path = new KernelPath(type, []).With(member);
        return place.Index < 0 ? path : path.With(place.Index);
    }
}
