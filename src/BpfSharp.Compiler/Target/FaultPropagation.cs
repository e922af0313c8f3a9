using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Target;

/// <summary>
/// A fault ends the program, also where it happens in a function that is not inlined. Such a function tells its caller: in bit 32 of
/// its result if that has 32 bits or fewer, else through a flag in the caller's frame, whose address is one more parameter. The caller tests it
/// after the call and faults itself.
/// </summary>
internal static class FaultPropagation
{
    private const long FaultBit = 1L << 32;

    /// <summary>Parameters that fit in registers.</summary>
    private const int MaximumParameters = 5;

    /// <summary>Rewrites <paramref name="module"/>; returns the functions whose parameters leave no room for the flag. Those of a global function are what its attribute promises to others.</summary>
    public static List<Function> Run(Module module)
    {
        HashSet<string> faulting = FindFaulting(module);
        if (faulting.Count == 0) return [];
        Dictionary<string, IrType> results = module.Functions.Where(f => faulting.Contains(f.Name)).ToDictionary(static f => f.Name, static f => f.ReturnType);
        List<Function> full = [.. module.Functions.Where(f => faulting.Contains(f.Name) && NeedsFlag(f.ReturnType) && (f.IsGlobal || f.Parameters.Count >= MaximumParameters))];
        if (full.Count > 0) return full;
        foreach (Function function in module.Functions)
        {
            foreach (Value call in function.Blocks.SelectMany(static b => b.Values).Where(v => v.Op == Op.CallFunction && faulting.Contains(v.Symbol!)).ToList())
            {
                TestAfterCall(function, call, results[call.Symbol!], module.FindFunction(call.Symbol!)!.IsGlobal);
            }
        }
        foreach (Function function in module.Functions.Where(f => faulting.Contains(f.Name))) ReturnFaults(function);
        return [];
    }

    private static bool NeedsFlag(IrType result) => result.Kind is TypeKind.I64 or TypeKind.Pointer;

    /// <summary>The functions other than programs in which a fault can happen, directly or in what they call.</summary>
    private static HashSet<string> FindFaulting(Module module)
    {
        HashSet<string> faulting = [];
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (Function function in module.Functions.Where(static f => !f.IsProgram))
            {
                if (faulting.Contains(function.Name)) continue;
                if (!function.Blocks.SelectMany(static b => b.Values).Any(v => v.Op == Op.Fault || (v.Op == Op.CallFunction && faulting.Contains(v.Symbol!)))) continue;
                changed = faulting.Add(function.Name);
            }
        }
        return faulting;
    }

    private static void TestAfterCall(Function function, Value call, IrType result, bool isGlobal)
    {
        Block block = call.Block!;
        int index = block.Values.IndexOf(call);
        Value flagAddress = call;
        if (NeedsFlag(result))
        {
            Slot flag = function.AddSlot(8, 8);
            flagAddress = New(Op.SlotAddress, IrType.Pointer(Region.Stack));
            flagAddress.Immediate = flag.Index;
            block.Insert(index++, flagAddress);
            Value none = block.Insert(index++, Constant(IrType.I64, 0));
            Value clear = New(Op.Store, IrType.Void, flagAddress, none);
            clear.Access = Access.U64;
            block.Insert(index++, clear);
            call.Arguments.Add(flagAddress);
        }
        Block tail = BlockSplitting.Split(block, index + 1);
        Value status;
        if (NeedsFlag(result))
        {
            status = block.Append(New(Op.Load, IrType.I64, flagAddress));
            status.Access = Access.U64;
        }
        else
        {
            call.Type = IrType.I64;
            // Another compiler's function, which may stand in a global one's place, can leave anything in the upper half: only the very number is a fault.
            status = isGlobal ? call : block.Append(New(Op.LShr, IrType.I64, call, block.Append(Constant(IrType.I64, 32))));
        }
        bool isNumber = isGlobal && !NeedsFlag(result);
        Value faulted = block.Append(New(isNumber ? Op.Eq : Op.Ne, IrType.I32, status, block.Append(Constant(IrType.I64, isNumber ? FaultBit : 0))));
        Block fault = BlockSplitting.InsertAfter(block);
        block.Terminate(New(Op.Branch, IrType.Void, faulted), fault, tail);
        fault.Terminate(New(Op.Fault, IrType.Void));
        if (!result.IsI32) return;
        Value narrow = New(Op.Trunc, IrType.I32, call);
        tail.Insert(0, narrow);
        foreach (Value user in function.Blocks.SelectMany(static b => b.Values))
        {
            if (user == narrow || user == status || user == faulted) continue;
            for (int i = 0; i < user.Arguments.Count; i++)
            {
                if (user.Arguments[i] == call) user.Arguments[i] = narrow;
            }
        }

        Value New(Op op, IrType type, params Value[] arguments)
        {
            Value value = function.NewValue(op, type, arguments);
            value.DebugId = call.DebugId;
            return value;
        }

        Value Constant(IrType type, long constant)
        {
            Value value = New(Op.Const, type);
            value.Immediate = constant;
            return value;
        }
    }

    /// <summary>Makes the faults of a function results.</summary>
    private static void ReturnFaults(Function function)
    {
        IrType result = function.ReturnType;
        Value? flag = null;
        if (NeedsFlag(result))
        {
            function.Parameters.Add(new Parameter(IrType.Pointer(Region.Stack), ""));
            flag = function.NewValue(Op.Parameter, IrType.Pointer(Region.Stack));
            flag.Immediate = function.Parameters.Count - 1;
            function.Entry.Insert(0, flag);
        }
        else
        {
            function.ReturnType = IrType.I64;
        }
        foreach (Block block in function.Blocks)
        {
            Value terminator = block.Terminator;
            if (terminator.Op == Op.Fault) ReturnFault(function, block, terminator, flag);
            else if (terminator.Op == Op.Return && flag is null) ReturnWide(function, block, terminator);
        }
    }

    private static void ReturnFault(Function function, Block block, Value terminator, Value? flag)
    {
        int at = block.Values.Count - 1;
        if (flag is not null)
        {
            Value one = Constant(function, IrType.I64, 1, terminator.DebugId);
            Value store = function.NewValue(Op.Store, IrType.Void, flag, one);
            store.Access = Access.U64;
            store.DebugId = terminator.DebugId;
            block.Insert(at++, one);
            block.Insert(at++, store);
        }
        Value result = Constant(function, flag is null ? IrType.I64 : function.ReturnType, flag is null ? FaultBit : 0, terminator.DebugId);
        block.Insert(at, result);
        terminator.Op = Op.Return;
        terminator.Arguments.Add(result);
    }

    private static void ReturnWide(Function function, Block block, Value terminator)
    {
        Value wide = terminator.Arguments.Count == 0
            ? Constant(function, IrType.I64, 0, terminator.DebugId)
            : function.NewValue(Op.ZExt32, IrType.I64, terminator.Arguments[0]);
        block.Insert(block.Values.Count - 1, wide);
        terminator.Arguments.Clear();
        terminator.Arguments.Add(wide);
    }

    private static Value Constant(Function function, IrType type, long constant, int debugId)
    {
        Value value = function.NewValue(Op.Const, type);
        value.Immediate = constant;
        value.DebugId = debugId;
        return value;
    }
}
