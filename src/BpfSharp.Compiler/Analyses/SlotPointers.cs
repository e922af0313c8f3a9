using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>Which slots each value of a function may point to: through phis, and through memory of other slots where addresses are stored.</summary>
internal sealed class SlotPointers
{
    private readonly HashSet<int>?[] _targets;
    private readonly HashSet<int>?[] _contents;
    private readonly HashSet<int>[] _own;
    private readonly bool _isProgram;
    private bool _changed = true;

    internal SlotPointers(Function function)
    {
        _isProgram = function.IsProgram;
        _targets = new HashSet<int>?[function.ValueCount];
        _contents = new HashSet<int>?[function.Slots.Count];
        _own = [.. Enumerable.Range(0, function.Slots.Count).Select(static s => new HashSet<int> { s })];
        // First, as blocks are in any order: what is visited before the address that it refers to would not be visited again for it.
        foreach (Value value in function.Blocks.SelectMany(static b => b.Values).Where(static v => v.Op == Op.SlotAddress)) _targets[value.Id] = _own[value.Immediate];
        while (_changed)
        {
            _changed = false;
            foreach (Value value in function.Blocks.SelectMany(static b => b.Values)) Visit(value);
        }
    }

    /// <summary>The slots whose addresses go where this function does not show it: other memory, or its result.</summary>
    internal HashSet<int> Escaped { get; } = [];

    /// <summary>The slots that may be reached through an address that is kept: in another slot, or where this function does not show it.</summary>
    internal HashSet<int> Held()
    {
        HashSet<int> held = [.. Escaped];
        for (int slot = 0; slot < _contents.Length; slot++)
        {
            foreach (int inside in _contents[slot] ?? [])
            {
                if (inside != slot) held.Add(inside);
            }
        }
        return held;
    }

    /// <summary>The slots that an operation may access through its arguments: a call also what it finds there.</summary>
    internal IEnumerable<int> Touched(Value value)
    {
        if (value.Op.Has(OpTraits.Call)) return Reached(value);
        foreach (Value argument in value.Arguments)
        {
            // Of two, most often one is an address.
            if (_targets[argument.Id] is { } only && value.Arguments.TrueForAll(a => a == argument || _targets[a.Id] is null)) return only;
        }
        return value.Arguments.SelectMany(a => _targets[a.Id] ?? []);
    }

    private void Visit(Value value)
    {
        switch (value.Op)
        {
            case Op.SlotAddress:
                return;
            case Op.PtrAdd or Op.Opaque:
                // The same set, which grows for both.
                if (_targets[value.Id] is null && _targets[value.Arguments[0].Id] is { } targets)
                {
                    _targets[value.Id] = targets;
                    _changed = true;
                }
                return;
            case Op.Phi:
                foreach (Value argument in value.Arguments) Add(ref _targets[value.Id], _targets[argument.Id]);
                return;
            case Op.Load when value.Access == Access.U64:
                if (_targets[value.Arguments[0].Id] is not { } read) return;
                foreach (int slot in read) Add(ref _targets[value.Id], _contents[slot]);
                return;
            case Op.Store:
                StoreTo(value.Arguments[0], _targets[value.Arguments[1].Id]);
                return;
            case Op.Copy:
                if (_targets[value.Arguments[1].Id] is not { } copied) return;
                foreach (int slot in copied) StoreTo(value.Arguments[0], _contents[slot]);
                return;
            case Op.CallFunction or Op.CallKernel or Op.CallHelper:
                VisitCall(value);
                return;
            default:
                // What is computed from an address is no address. An atomic operation's own address is as a store's.
                if (value.Op.IsPure() || value.Op is Op.Load or Op.Zero or Op.Branch) return;
                for (int i = value.Op.Has(OpTraits.Reads) || value.Op == Op.KernelWrite ? 1 : 0; i < value.Arguments.Count; i++) Escape(_targets[value.Arguments[i].Id]);
                return;
        }
    }

    /// <summary>A function, or a callback, may put what it is given anywhere behind what it is given; helpers keep nothing.</summary>
    private void VisitCall(Value call)
    {
        if (call.Op == Op.CallHelper && !call.Arguments.Exists(static a => a.Op == Op.FunctionAddress)) return;
        HashSet<int> reached = Reached(call);
        if (reached.Count == 0) return;
        foreach (int slot in reached) Add(ref _contents[slot], reached);
        Add(ref _targets[call.Id], reached);
        // Of other memory only a caller's stack can hold addresses of the stack, and a program has no caller.
        if (!_isProgram && call.Arguments.Exists(a => a.Type.IsPointer && _targets[a.Id] is null && a.Op is not (Op.FunctionAddress or Op.MapAddress or Op.Const))) Escape(reached);
    }

    private void StoreTo(Value address, HashSet<int>? stored)
    {
        if (stored is null) return;
        if (_targets[address.Id] is not { } into)
        {
            Escape(stored);
            return;
        }
        foreach (int slot in into.ToArray()) Add(ref _contents[slot], stored);
    }

    private HashSet<int> Reached(Value call)
    {
        HashSet<int> reached = [];
        Stack<int> work = new(call.Arguments.SelectMany(a => _targets[a.Id] ?? []));
        while (work.Count > 0)
        {
            int slot = work.Pop();
            if (!reached.Add(slot) || _contents[slot] is not { } more) continue;
            foreach (int inside in more) work.Push(inside);
        }
        return reached;
    }

    private void Escape(HashSet<int>? targets)
    {
        if (targets is null) return;
        Stack<int> work = new(targets);
        while (work.Count > 0)
        {
            int slot = work.Pop();
            if (!Escaped.Add(slot)) continue;
            _changed = true;
            foreach (int inside in _contents[slot] ?? []) work.Push(inside);
        }
    }

    private void Add(ref HashSet<int>? into, HashSet<int>? from)
    {
        if (from is null || from == into) return;
        into ??= [];
        int before = into.Count;
        into.UnionWith(from);
        _changed |= into.Count != before;
    }
}
