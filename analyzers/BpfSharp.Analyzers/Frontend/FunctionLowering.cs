using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Compiler.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfSharp.Analyzers.Frontend;

/// <summary>
/// Lowers one method to IR. The parts: statements, loops and switches; places (what can be assigned), values and conditions; arithmetic,
/// conversions, structs, spans, patterns; calls and intrinsics. A value is one IR value if its type is scalar, else the address of its bytes,
/// to be read before anything else is evaluated.
/// </summary>
internal sealed partial class FunctionLowering
{
    private readonly ModuleLowering _module;
    private readonly FunctionPlan _plan;
    private readonly FunctionBuilder _b;
    private readonly Block _prologue;
    private readonly List<(Slot Slot, TypeLayout Layout)> _reservations = [];
    private readonly Dictionary<int, Value> _slotAddresses = [];
    private Frame _frame;
    private Cleanup? _cleanup;
    private Block? _faultBlock;

    /// <summary>Prepares to lower the method of a plan.</summary>
    public FunctionLowering(ModuleLowering module, FunctionPlan plan)
    {
        _module = module;
        _plan = plan;
        _b = new FunctionBuilder(plan.Function) { DebugId = plan.Function.DebugId };
        _prologue = _b.Block;
        _frame = new Frame(plan.Method, plan.Substitution, plan.Signature, null, null);
    }

    private TypeLayouts Layouts => _module.Layouts;

    /// <summary>Lowers the method.</summary>
    public void Run()
    {
        if (_plan.Callback != CallbackKind.None) BindCallback();
        else BindParameters();
        _b.Continue(_b.NewBlock());
        Block body = _b.Block;
        if (!_plan.HookArguments.IsEmpty) BindHookArguments();
        if (_plan.Callback == CallbackKind.Drain) ReadDrained();
        if (_plan.Function.IsGlobal) LeaveOnNull();
        LowerMethodBody();
        if (_plan.Callback != CallbackKind.None)
        {
            FinishCallback();
        }
        else if (!_b.IsTerminated)
        {
            if (_plan.Function.ReturnType == IrType.Void) _b.Return(null);
            else _b.Block.Terminate(_plan.Function.NewValue(Op.Unreachable, IrType.Void));
        }
        DiscardBeforeReturns();
        FinishFaultBlock();
        _b.Continue(_prologue);
        foreach ((Slot slot, TypeLayout layout) in _reservations) Release(new Place(Address(slot), 0, layout));
        _b.Jump(body);
        RemoveUnreachableBlocks();
    }

    private void BindParameters()
    {
        FunctionSignature signature = _frame.Signature;
        int index = 0;
        if (signature.HasResultPointer) _frame.Result = KeepPointer(_b.Parameter(index++), "result");
        if (signature.This is not null) _frame.This = KeepPointer(_b.Parameter(index++), "this");
        foreach (SignatureParameter parameter in signature.Parameters) Bind(_frame, parameter, _b.Parameter(index++));
    }

    /// <summary>What a global function gets by reference may be null to the verifier, which does not look at the callers: it then ends at once.</summary>
    private void LeaveOnNull()
    {
        List<Value> addresses = [.. _plan.Function.Parameters.Select((p, i) => (p.Type, i)).Where(static p => p.Type.IsPointer && p.Type.Region != Region.Context).Select(p => _b.Parameter(p.i))];
        if (addresses.Count == 0) return;
        Block absent = _b.NewBlock();
        foreach (Value address in addresses)
        {
            Block next = _b.NewBlock();
            _b.Branch(_b.Compare(Op.Ne, address, _b.Null()), next, absent);
            _b.Continue(next);
        }
        Block body = _b.Block;
        _b.Continue(absent);
        _b.Return(_b.Constant(_plan.Function.ReturnType, 0));
        _b.Continue(body);
    }

    /// <summary>Makes a parameter a variable with a value: a scalar or the address of the argument.</summary>
    private void Bind(Frame frame, SignatureParameter parameter, Value value)
    {
        bool isReference = parameter.Passing != Passing.Scalar;
        TypeLayout stored = isReference ? Layouts.Pointer : parameter.Layout;
        Slot slot = _plan.Function.AddSlot(stored.Size, stored.Alignment, parameter.Symbol.Name);
        Store(new Place(Address(slot), 0, stored), value);
        frame.Variables[parameter.Symbol] = new Variable(slot, parameter.Layout, isReference);
    }

    private Slot KeepPointer(Value pointer, string name)
    {
        Slot slot = _plan.Function.AddSlot(8, 8, name);
        _b.Store(Access.U64, Address(slot), pointer);
        return slot;
    }

    /// <summary>A new temporary of a type; its padding is zero, since helpers read it.</summary>
    private Place NewTemporary(TypeLayout layout, string name = "")
    {
        Slot slot = _plan.Function.AddSlot(Math.Max(layout.Size, 1), Math.Min(layout.Alignment, 8), name);
        Place place = new(Address(slot), 0, layout);
        if (layout.HasPadding) _b.Zero(place.Pointer, layout.Size, layout.Alignment);
        return place;
    }

    /// <summary>A slot's address, taken in the prologue, from where it reaches every block.</summary>
    private Value Address(Slot slot)
    {
        if (_slotAddresses.TryGetValue(slot.Index, out Value? address)) return address;
        address = _plan.Function.NewValue(Op.SlotAddress, IrType.Pointer(Region.Stack));
        address.Immediate = slot.Index;
        address.DebugId = _plan.Function.DebugId;
        _slotAddresses.Add(slot.Index, address);
        return _prologue.Append(address);
    }

    private Value AddressOf(Place place) => _b.Offset(place.Pointer, place.Offset);

    /// <summary>The value in a place: loaded if scalar, else its address.</summary>
    private Value Load(Place place) => place.Layout.IsScalar
        ? _b.Load(place.Layout.IrType, place.Layout.Access, place.Pointer, place.Offset)
        : AddressOf(place);

    /// <summary>Puts a value (a scalar, or the address of a struct) into a place.</summary>
    private void Store(Place place, Value value)
    {
        if (place.Layout.IsScalar) _b.Store(AccessExtensions.OfSize(place.Layout.Size), place.Pointer, value, place.Offset);
        else if (place.Layout.HasLock) CopyAroundLocks(place, value);
        else if (place.Layout is { HasPointers: true, ElementCount: 0 }) CopyFields(place, new Place(value, 0, place.Layout));
        else if (place.Layout.Kind == LayoutKind.Struct) _b.Copy(AddressOf(place), value, place.Layout.Size, place.Layout.Alignment);
    }

    /// <summary>Copies a struct with pointers in it: the verifier follows a pointer only through a whole load and store. All are loaded before any is stored.</summary>
    private void CopyFields(Place to, Place from)
    {
        List<(Place Target, Value Value)> parts = [];
        void Collect(Place target, Place source)
        {
            foreach (FieldLayout field in target.Layout.Fields)
            {
                Place part = target.Part(field), origin = source.Part(field);
                if (part.Layout is { HasPointers: true, Kind: LayoutKind.Struct, ElementCount: 0 }) Collect(part, origin);
                else parts.Add((part, Load(origin)));
            }
        }
        Collect(to, from);
        foreach ((Place target, Value value) in parts) Store(target, value);
    }

    private void StoreZero(Place place)
    {
        if (place.Layout.HasLock && place.Pointer.Op != Op.SlotAddress) ZeroAroundLocks(place);
        else if (place.Layout.Kind == LayoutKind.Struct) _b.Zero(AddressOf(place), place.Layout.Size, place.Layout.Alignment);
        else Store(place, ZeroOf(place.Layout));
    }

    private Value ZeroOf(TypeLayout layout) => layout.Kind == LayoutKind.Pointer ? _b.Null() : _b.Constant(layout.IrType, 0);

    private ITypeSymbol TypeOf(IOperation operation) =>
        IsSelf(operation) ? _frame.Self! : operation.Type is { } type ? _frame.Substitution.Apply(type, _module.Compilation) : throw Silent(operation);

    /// <summary>The layout of an operation's type.</summary>
    private TypeLayout LayoutOf(IOperation operation) => LayoutOf(TypeOf(operation), operation);

    private TypeLayout LayoutOf(ITypeSymbol type, IOperation at)
    {
        type = _frame.Substitution.Apply(type, _module.Compilation);
        if (Layouts.Get(type, out string problem) is { } layout) return layout;
        if (problem.Length == 0) throw Silent(at);
        throw Fail(problem, at, ModuleLowering.TypeProblemArguments(problem, type));
    }

    /// <summary>Reports an error; throwing the result ends the statement.</summary>
    private LoweringException Fail(string id, IOperation at, params string[] arguments)
    {
        // What the C# compiler has an error for gets none of ours, nor does what uses a variable whose own declaration has one.
        if (at.DescendantsAndSelf().Any(o => o is IInvalidOperation || o is ILocalReferenceOperation local && _poisoned.Contains(local.Local))) return Silent(at);
        _module.Report(id, at.Syntax, arguments);
        return new LoweringException();
    }

    private LoweringException Unsupported(IOperation at, string what) => Fail(Ids.UnsupportedConstruct, at, what);

    /// <summary>Notes that there is an error that the C# compiler reports; throwing the result ends the statement.</summary>
    private LoweringException Silent(IOperation at)
    {
        _module.FailSilently(at.Syntax);
        return new LoweringException();
    }

    /// <summary>The block that a fault goes to here: it leaves the scopes that are open, then ends the program.</summary>
    private Block FaultBlock() => FaultBlock(_cleanup);

    private Block FaultBlock(Cleanup? cleanup)
    {
        if (cleanup is null) return _faultBlock ??= _b.NewBlock();
        if (cleanup.FaultBlock is { } made) return made;
        Block block = cleanup.FaultBlock = _b.NewBlock();
        Block current = _b.Block;
        Cleanup? open = _cleanup;
        _cleanup = cleanup.Outer;
        _b.Continue(block);
        cleanup.Emit();
        _b.Jump(FaultBlock(cleanup.Outer));
        _b.Continue(current);
        _cleanup = open;
        return block;
    }

    /// <summary>Faults if the condition is not zero.</summary>
    private void FaultIf(Value condition)
    {
        Block ok = _b.NewBlock();
        _b.Branch(condition, FaultBlock(), ok);
        _b.Continue(ok);
    }

    /// <summary>Faults if the condition is zero.</summary>
    private void FaultUnless(Value condition)
    {
        Block ok = _b.NewBlock();
        _b.Branch(condition, ok, FaultBlock());
        _b.Continue(ok);
    }

    /// <summary>Records that are neither submitted nor discarded on some way out never appear in .NET; the verifier wants them given back.</summary>
    private void DiscardBeforeReturns()
    {
        if (_reservations.Count == 0) return;
        foreach (Block block in _plan.Function.Blocks.Where(static b => b.IsTerminated && b.Terminator.Op == Op.Return).ToList())
        {
            Value end = block.Terminator;
            block.Values.RemoveAt(block.Values.Count - 1);
            _b.Continue(block);
            DiscardReservations();
            _b.Block.Terminate(end);
        }
    }

    private void DiscardReservations()
    {
        foreach ((Slot slot, TypeLayout layout) in _reservations) DisposeReservation(new Place(Address(slot), 0, layout));
    }

    /// <summary>A fault gives back the ring-buffer room that is reserved at that point: the verifier wants it, and user space would wait for it.</summary>
    private void FinishFaultBlock()
    {
        if (_faultBlock is null) return;
        _b.Continue(_faultBlock);
        DiscardReservations();
        if (_plan.Callback != CallbackKind.None) FaultInCallback();
        else _b.Fault();
    }

    private void RemoveUnreachableBlocks()
    {
        Function function = _plan.Function;
        HashSet<Block> reached = [];
        Stack<Block> open = new([function.Entry]);
        while (open.Count > 0)
        {
            Block block = open.Pop();
            if (!reached.Add(block)) continue;
            foreach (Block successor in block.Successors) open.Push(successor);
        }
        foreach (Block block in function.Blocks)
        {
            if (!reached.Contains(block)) block.RemoveTerminator();
        }
        function.Blocks.RemoveAll(b => !reached.Contains(b));
    }

    /// <summary>Whether a lookup found what the C# compiler guarantees to be there; if not, the code is erroneous.</summary>
    private T Expect<T>(T? found, IOperation at) where T : class => found ?? throw Silent(at);
}
