using BpfSharp.Compiler.IR;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Compiler.Passes;

/// <summary>
/// Reads of kernel memory become loads where the verifier knows what the address is, else calls of <c>bpf_probe_read_kernel</c>. A pointer that was
/// itself read may be null, also to the verifier (fields that kernels mark, such as <c>sk_buff.sk</c>): such a load stands behind a check, and
/// gives 0 without it. Writes become stores where the verifier knows the address; the others are left for <c>KernelWriteRequirements</c> to report.
/// </summary>
public sealed partial class KernelReads
{
    /// <summary>The symbol of a load from the context that gives a pointer which may be null.</summary>
    public const string Nullable = "nullable";

    private const int ProbeReadKernel = 113, CurrentTask = 35, CurrentTaskBtf = 158;

    // Helpers whose third argument is a kernel address: probe_read, probe_read_str, probe_read_kernel, probe_read_kernel_str.
    private static readonly HashSet<long> s_probes = [4, 45, ProbeReadKernel, 115];

    private readonly Function _function;
    private readonly HashSet<Value> _numbers = [];

    private KernelReads(Function function) => _function = function;

    internal static void Run(Function function, PassContext context)
    {
        if (!function.Blocks.Exists(static b => b.Values.Exists(static v => v.Op is Op.KernelRead or Op.KernelFollow or Op.KernelWrite or Op.AddressOf || v.Type.Region == Region.Tracepoint || IsCurrentTask(v) || IsProbe(v)))) return;
        KernelVersion minimum = new(context.Options.MinimumKernel.Major, context.Options.MinimumKernel.Minor);
        if (minimum < (Helpers.Find(CurrentTaskBtf)?.Since ?? minimum)) ForgetCurrentTask(function);
        PointerRegions.Infer(function);
        new KernelReads(function).Run();
    }

    private static bool IsCurrentTask(Value value) => value.Op == Op.CallHelper && value.Immediate == CurrentTaskBtf;

    private static bool IsProbe(Value value) => value.Op == Op.CallHelper && s_probes.Contains(value.Immediate) && value.Arguments.Count == 3;

    /// <summary>Older kernels give the current task as a number.</summary>
    private static void ForgetCurrentTask(Function function)
    {
        foreach (Value value in function.Blocks.SelectMany(static b => b.Values))
        {
            if (!IsCurrentTask(value)) continue;
            value.Immediate = CurrentTask;
            value.Type = IrType.Pointer();
        }
    }

    private void Run()
    {
        for (int b = 0; b < _function.Blocks.Count; b++)
        {
            Block block = _function.Blocks[b];
            for (int i = 0; i < block.Values.Count; i++)
            {
                Value value = block.Values[i];
                if (IsBitFieldRead(block, i))
                {
                    LoadBitField(block, i);
                    // What follows the read is in a block behind.
                    break;
                }
                if (IsProbe(value))
                {
                    bool isRefused = value.Arguments[2].Type.Region == Region.Tracepoint || value.Arguments[2].Type.Region == Region.Btf && MayBeNull(Base(value.Arguments[2]));
                    if (isRefused) value.Arguments[2] = AsNumber(block, ref i, value, value.Arguments[2]);
                    continue;
                }
                // It is never null, so a comparison says nothing.
                if (value is { Op: Op.Eq or Op.Ne, Arguments: [{ Type.Region: Region.Tracepoint }, { Op: Op.Const }] }) Answer(value, value.Op == Op.Ne);
                if (value.Op == Op.KernelWrite && value.Arguments[0].Type.Region is Region.Btf or Region.Tracepoint) value.Op = Op.Store;
                if (value.Op is not (Op.KernelRead or Op.KernelFollow)) continue;
                if (value.Arguments[0].Type.Region is not (Region.Btf or Region.Context or Region.Tracepoint))
                {
                    Probe(block, ref i, value);
                    continue;
                }
                // What a writable tracepoint's buffer holds is a number to the verifier.
                if (value.Op == Op.KernelFollow) value.Type = value.Arguments[0].Type.Region == Region.Tracepoint ? IrType.Pointer() : IrType.Pointer(Region.Btf);
                value.Op = Op.Load;
                if (!MayBeNull(Base(value.Arguments[0]))) continue;
                Guard(block, i, value);
                // The rest of the block is in the next but one, behind the load.
                break;
            }
        }
    }

    /// <summary>The pointer that an address starts from.</summary>
    private static Value Base(Value address)
    {
        while (address is { Op: Op.PtrAdd, Arguments.Count: 1 }) address = address.Arguments[0];
        return address;
    }

    /// <summary>Whether a pointer may be null: the hook's own arguments, the context and the current task are not.</summary>
    private static bool MayBeNull(Value pointer) => pointer.Type.Region is not (Region.Context or Region.Tracepoint) && !IsCurrentTask(pointer)
        && !(pointer is { Op: Op.Load, Core: null, Symbol: null } && pointer.Arguments[0].Type.Region == Region.Context);

    /// <summary>Lets the load run only if the pointer is not null; what follows it in the block goes to a block behind, where a phi has the value's place.</summary>
    private void Guard(Block block, int index, Value value)
    {
        Block rest = BlockSplitting.Split(block, index + 1);
        Block read = BlockSplitting.InsertAfter(block);
        block.Values.RemoveAt(index);
        Value pointer = Base(value.Arguments[0]);
        Value condition = Append(block, value, Op.Ne, IrType.I32, pointer, Append(block, value, Op.Const, IrType.Pointer()));
        Value nothing = Append(block, value, Op.Const, value.Type);
        block.Terminate(New(value, Op.Branch, IrType.Void, condition), read, rest);
        // Steps from a pointer that may be null are not allowed before the check.
        Value load = Append(read, value, Op.Load, value.Type, Steps(read, value.Arguments[0]));
        load.Immediate = value.Immediate;
        load.Access = value.Access;
        load.Core = value.Core;
        read.Terminate(New(value, Op.Jump, IrType.Void), rest);
        value.Op = Op.Phi;
        value.Immediate = 0;
        value.Access = Access.None;
        value.Core = null;
        value.Arguments.Clear();
        foreach (Block predecessor in rest.Predecessors) value.Arguments.Add(predecessor == read ? load : nothing);
        rest.Insert(0, value);
    }

    private Value Steps(Block block, Value address)
    {
        Stack<Value> steps = new();
        for (; address is { Op: Op.PtrAdd, Arguments.Count: 1 }; address = address.Arguments[0]) steps.Push(address);
        foreach (Value step in steps)
        {
            address = Append(block, step, Op.PtrAdd, step.Type, address);
            address.Immediate = step.Immediate;
            address.Core = step.Core;
        }
        return address;
    }

    /// <summary>A call of the helper into a slot, and a load from there. The helper writes zeros if it cannot read.</summary>
    private void Probe(Block block, ref int index, Value read)
    {
        Value address = read.Arguments[0];
        bool isNumber = IsNumber(Base(address));
        if (read.Immediate != 0 || read.Core is not null)
        {
            Value step = New(read, Op.PtrAdd, address.Type, address);
            step.Immediate = read.Immediate;
            step.Core = read.Core;
            address = step;
            if (isNumber) block.Insert(index++, step);
        }
        if (!isNumber) address = AsNumber(block, ref index, read, address);
        int size = read.Access.Size();
        Value slot = New(read, Op.SlotAddress, IrType.Pointer(Region.Stack));
        slot.Immediate = _function.AddSlot(size, size).Index;
        Value length = New(read, Op.Const, IrType.I64);
        length.Immediate = size;
        Value call = New(read, Op.CallHelper, IrType.I64, slot, length, address);
        call.Immediate = ProbeReadKernel;
        block.Insert(index++, slot);
        block.Insert(index++, length);
        block.Insert(index++, call);
        read.Op = Op.Load;
        if (read.Type.IsPointer) read.Type = IrType.Pointer();
        read.Arguments[0] = slot;
        read.Immediate = 0;
        read.Core = null;
        _numbers.Add(read);
    }

    /// <summary>Whether the verifier takes the pointer as a number, so that it can be null and any step be taken from it.</summary>
    private bool IsNumber(Value pointer) => pointer.Op == Op.PointerTo || _numbers.Contains(pointer) || (pointer.Op == Op.CallHelper && pointer.Immediate == CurrentTask);

    /// <summary>The same address as a number, computed before the value at <paramref name="index"/>.</summary>
    private Value AsNumber(Block block, ref int index, Value at, Value address)
    {
        List<Value> steps = [];
        for (; address is { Op: Op.PtrAdd, Arguments.Count: 1 }; address = address.Arguments[0]) steps.Add(address);
        Value number = New(at, Op.AddressOf, IrType.I64, address);
        block.Insert(index++, number);
        for (int i = steps.Count - 1; i >= 0; i--)
        {
            Value bytes = New(at, Op.Const, IrType.I64);
            bytes.Immediate = steps[i].Immediate;
            bytes.Core = steps[i].Core;
            block.Insert(index++, bytes);
            number = New(at, Op.Add, IrType.I64, number, bytes);
            block.Insert(index++, number);
        }
        Value pointer = New(at, Op.PointerTo, IrType.Pointer(), number);
        block.Insert(index++, pointer);
        return pointer;
    }

    private static void Answer(Value comparison, bool isTrue)
    {
        comparison.Op = Op.Const;
        comparison.Immediate = isTrue ? 1 : 0;
        comparison.Arguments.Clear();
    }

    private Value New(Value at, Op op, IrType type, params Value[] arguments)
    {
        Value value = _function.NewValue(op, type, arguments);
        value.DebugId = at.DebugId;
        return value;
    }

    private Value Append(Block block, Value at, Op op, IrType type, params Value[] arguments) => block.Append(New(at, op, type, arguments));
}
