using BpfSharp.Compiler.IR;
using BpfSharp.Objects;

namespace BpfSharp.Compiler.Tests.Interpreter;

/// <summary>A helper, told of the world and its arguments.</summary>
public delegate Cell Helper(IrInterpreter world, IReadOnlyList<Cell> arguments);

/// <summary>
/// Runs IR as its documentation says, with bounds of all memory checked. It is written apart from the compiler's own folding and shares
/// no code with it, so each tests the other.
/// </summary>
public sealed class IrInterpreter
{
    private readonly Module _module;
    private readonly Dictionary<string, MemoryObject> _symbols = [];
    private readonly Dictionary<(MemoryObject Map, string Key), MemoryObject> _entries = [];
    private int _steps;

    public IrInterpreter(Module module)
    {
        _module = module;
        foreach (Global global in module.Globals)
        {
            MemoryObject memory = new(global.Name, global.Size);
            if (!global.Initial.IsDefaultOrEmpty) global.Initial.CopyTo(memory.Bytes);
            _symbols[global.Name] = memory;
        }
        foreach (MapSpec map in module.Maps) _symbols[map.Name] = new MemoryObject(map.Name, 0);
        foreach (Function function in module.Functions) _symbols[function.Name] = new MemoryObject(function.Name, 0);
    }

    /// <summary>Helpers by number; the map helpers, clock and random numbers are there.</summary>
    public Dictionary<long, Helper> Helpers { get; } = new()
    {
        [1] = static (w, a) => Cell.Pointer(w.Lookup(a), 0),
        [2] = static (w, a) => w.Update(a),
        [3] = static (w, a) => Cell.Integer(w._entries.Remove(w.Key(a)) ? 0 : -2),
        [5] = static (w, _) => Cell.Integer(w.Clock += 1000),
        [181] = static (w, a) => w.Loop(a),
        [7] = static (w, _) => Cell.Integer(w.Clock * 2654435761 & 0xffffffff),
        [14] = static (_, _) => Cell.Integer(0x1234_0000_5678),
    };

    /// <summary>What <c>ktime_get_ns</c> gave last.</summary>
    public long Clock { get; set; }

    /// <summary>How many values may be computed before a run is called endless.</summary>
    public int MaximumSteps { get; set; } = 200_000;

    /// <summary>What the run did that others can see, in order: helper calls.</summary>
    public List<string> Trace { get; } = [];

    /// <summary>Runs a function.</summary>
    /// <returns>The result, <c>fault</c>, and all globals and map entries as text, to compare.</returns>
    public string Run(string function, params Cell[] arguments)
    {
        string result;
        try
        {
            result = Show(Call(_module.FindFunction(function)!, arguments));
        }
        catch (FaultException)
        {
            result = "fault";
        }
        IEnumerable<string> globals = _module.Globals.Select(g => $"{g.Name}={Convert.ToHexString(_symbols[g.Name].Bytes)}");
        IEnumerable<string> entries = _entries.Select(e => $"{e.Key.Map}[{e.Key.Key}]={Convert.ToHexString(e.Value.Bytes)}").Order(StringComparer.Ordinal);
        return string.Join("\n", [result, .. globals, .. entries, .. Trace]);
    }

    private Cell Call(Function function, IReadOnlyList<Cell> arguments)
    {
        Cell[] values = new Cell[function.ValueCount];
        MemoryObject[] slots = [.. function.Slots.Select(s => new MemoryObject($"slot {s.Index}", s.Size))];
        Block? previous = null;
        Block block = function.Entry;
        while (true)
        {
            Cell[] phis = [.. block.Phis.Select(p => values[p.Arguments[block.Predecessors.IndexOf(previous!)].Id])];
            for (int i = 0; i < phis.Length; i++) values[block.Values[i].Id] = phis[i];
            foreach (Value value in block.Values.Skip(phis.Length))
            {
                if (++_steps > MaximumSteps) throw new InterpreterException("an endless run");
                if (!value.Op.Has(OpTraits.Terminator))
                {
                    values[value.Id] = Evaluate(value, values, arguments, slots);
                    continue;
                }
                if (value.Op == Op.Return) return value.Arguments.Count > 0 ? values[value.Arguments[0].Id] : default;
                if (value.Op == Op.Fault) throw new FaultException();
                if (value.Op == Op.Unreachable) throw new InterpreterException("the unreachable is reached");
                previous = block;
                block = block.Successors[value.Op == Op.Branch && values[value.Arguments[0].Id].Bits == 0 ? 1 : 0];
                break;
            }
        }
    }

    private Cell Evaluate(Value value, Cell[] values, IReadOnlyList<Cell> arguments, MemoryObject[] slots)
    {
        Cell A(int i) => values[value.Arguments[i].Id];
        long I(int i) => values[value.Arguments[i].Id].IsPointer ? throw new InterpreterException($"{value}: a pointer as an integer") : values[value.Arguments[i].Id].Bits;
        switch (value.Op)
        {
            case Op.Const: return value.Type.IsPointer ? Cell.Pointer(null, 0) : Cell.Integer(value.Immediate);
            case Op.Parameter: return arguments[(int)value.Immediate];
            case Op.SlotAddress: return Cell.Pointer(slots[value.Immediate], 0);
            case Op.GlobalAddress or Op.MapAddress or Op.FunctionAddress: return Cell.Pointer(_symbols[value.Symbol!], value.Immediate);
            case Op.PtrAdd:
                if (A(0).Object is null) throw new InterpreterException($"{value}: arithmetic on null");
                return A(0) with { Bits = A(0).Bits + (value.Arguments.Count > 1 ? I(1) : 0) + value.Immediate };
            case Op.PtrDiff: return Cell.Integer(A(0).Bits - A(1).Bits);
            case Op.Opaque: return A(0);
            // Nothing but that it is one number, not null's, and counts on from there.
            case Op.AddressOf: return Cell.Integer(A(0).Object is null ? 0 : 0x7000_0000 + A(0).Bits);
            case Op.Load: return Load(value, A(0));
            case Op.Store: MemoryAccess.Store(A(0), value.Immediate, value.Access.Size(), A(1)); return default;
            case Op.Copy: MemoryAccess.Copy(A(0), A(1), (int)value.Immediate); return default;
            case Op.Zero:
                for (int i = 0; i < value.Immediate; i++) MemoryAccess.Store(A(0), i, 1, default);
                return default;
            case >= Op.AtomicAdd and <= Op.AtomicCompareExchange: return Atomic(value, A(0), I(1), value.Arguments.Count > 2 ? I(2) : 0);
            case Op.CallHelper:
                Cell[] given = [.. value.Arguments.Select((_, i) => A(i))];
                Cell result = Helpers[value.Immediate](this, given);
                return value.Type.IsPointer ? Cell.Pointer(result.Object, result.Bits) : result;
            case Op.CallKernel: return CallKernel(value.Symbol!, [.. value.Arguments.Select((_, i) => A(i))]);
            case Op.CallFunction: return Call(_module.FindFunction(value.Symbol!)!, [.. value.Arguments.Select((_, i) => A(i))]);
            case >= Op.Eq and <= Op.SLe: return Cell.Integer(Compare(value.Op, A(0), A(1)) ? 1 : 0);
            default: return Cell.Integer(Arithmetic.Compute(value.Op, value.Arguments[0].Type.IsI32, I(0), value.Arguments.Count > 1 ? I(1) : 0));
        }
    }

    /// <summary>The kernel's iterator over numbers keeps the number before the next, and the end.</summary>
    private static Cell CallKernel(string name, Cell[] given)
    {
        switch (name)
        {
            case "bpf_iter_num_new":
                bool fits = given[2].Bits >= given[1].Bits && given[2].Bits - given[1].Bits <= 8 * 1024 * 1024;
                MemoryAccess.Store(given[0], 0, 4, Cell.Integer(given[1].Bits - 1));
                MemoryAccess.Store(given[0], 4, 4, fits ? given[2] : Cell.Integer(given[1].Bits));
                return Cell.Integer(fits ? 0 : -22);
            case "bpf_iter_num_next":
                int next = (int)MemoryAccess.Load(given[0], 0, 4, false).Bits + 1;
                if (next >= (int)MemoryAccess.Load(given[0], 4, 4, false).Bits) return Cell.Pointer(null, 0);
                MemoryAccess.Store(given[0], 0, 4, Cell.Integer(next));
                return given[0];
            case "bpf_iter_num_destroy":
                return default;
            default:
                throw new InterpreterException($"there is no kernel function '{name}'");
        }
    }

    private static bool Compare(Op op, Cell a, Cell b)
    {
        if (a.IsPointer != b.IsPointer) throw new InterpreterException("a pointer is compared with an integer");
        if (a.IsPointer && a.Object != b.Object) return op switch { Op.Eq => false, Op.Ne => true, _ => throw new InterpreterException("pointers into different objects are compared") };
        return Arithmetic.Compare(op, a.Bits, b.Bits);
    }

    private static Cell Load(Value value, Cell address)
    {
        Cell cell = MemoryAccess.Load(address, value.Immediate, value.Access.Size(), value.Type.IsPointer);
        if (value.Type.IsPointer) return cell;
        long bits = value.Access switch { Access.S8 => (sbyte)cell.Bits, Access.S16 => (short)cell.Bits, Access.S32 => (int)cell.Bits, _ => cell.Bits };
        return Cell.Integer(value.Type.IsI32 ? (int)bits : bits);
    }

    private Cell Atomic(Value value, Cell address, long operand, long replacement)
    {
        int size = value.Access.Size();
        long old = MemoryAccess.Load(address, value.Immediate, size, false).Bits;
        if (size == 4) old = (int)old;
        long updated = value.Op switch
        {
            Op.AtomicAdd or Op.AtomicFetchAdd => old + operand,
            Op.AtomicAnd or Op.AtomicFetchAnd => old & operand,
            Op.AtomicOr or Op.AtomicFetchOr => old | operand,
            Op.AtomicXor or Op.AtomicFetchXor => old ^ operand,
            Op.AtomicExchange => operand,
            _ => old == operand ? replacement : old,
        };
        MemoryAccess.Store(address, value.Immediate, size, Cell.Integer(updated));
        return value.Type.Kind == TypeKind.Void ? default : Cell.Integer(old);
    }

    private (MemoryObject Map, string Key) Key(IReadOnlyList<Cell> a)
    {
        MapSpec map = _module.Maps.Find(m => m.Name == a[0].Object!.Name)!;
        return (a[0].Object!, Convert.ToHexString(MemoryAccess.Read(a[1], map.KeySize)));
    }

    private MemoryObject? Lookup(IReadOnlyList<Cell> a)
    {
        Trace.Add($"lookup {Key(a)}");
        return _entries.GetValueOrDefault(Key(a));
    }

    private Cell Update(IReadOnlyList<Cell> a)
    {
        MapSpec map = _module.Maps.Find(m => m.Name == a[0].Object!.Name)!;
        byte[] bytes = MemoryAccess.Read(a[2], map.ValueSize);
        Trace.Add($"update {Key(a)} {Convert.ToHexString(bytes)}");
        if (!_entries.TryGetValue(Key(a), out MemoryObject? entry)) _entries[Key(a)] = entry = new MemoryObject(map.Name + " value", map.ValueSize);
        bytes.CopyTo(entry.Bytes, 0);
        return Cell.Integer(0);
    }

    /// <summary><c>bpf_loop</c>: calls back until the body returns 1.</summary>
    private Cell Loop(IReadOnlyList<Cell> a)
    {
        long round = 0;
        while (round < a[0].Bits)
        {
            if (Call(_module.FindFunction(a[1].Object!.Name)!, [Cell.Integer(round++), a[2]]).Bits != 0) break;
        }
        return Cell.Integer(round);
    }

    private static string Show(Cell cell) => cell.IsPointer ? $"{cell.Object} + {cell.Bits}" : cell.Bits.ToString();

    private sealed class FaultException : Exception;
}
