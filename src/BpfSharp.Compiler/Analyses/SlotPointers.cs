using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Analyses;

/// <summary>
/// Which slots each value of a function may point to: through phis, and through memory of other slots where addresses are stored. Sets of slots are bits, 64 to a word.
/// </summary>
internal sealed class SlotPointers
{
    private readonly ulong[]?[] _targets;
    private readonly ulong[][] _contents;
    private readonly int _words;
    private readonly bool _isProgram;
    private bool _changed = true;

    internal SlotPointers(Function function)
    {
        _isProgram = function.IsProgram;
        _words = (function.Slots.Count + 63) / 64;
        _targets = new ulong[function.ValueCount][];
        _contents = new ulong[function.Slots.Count][];
        for (int i = 0; i < _contents.Length; i++) _contents[i] = new ulong[_words];
        Escaped = new ulong[_words];
        while (_changed)
        {
            _changed = false;
            foreach (Value value in function.Blocks.SelectMany(static b => b.Values)) Visit(value);
        }
    }

    /// <summary>The slots whose addresses go where this function does not show it: other memory, or its result.</summary>
    internal ulong[] Escaped { get; }

    /// <summary>The slots that a value may point to; null for none.</summary>
    internal ulong[]? Of(Value value) => _targets[value.Id];

    /// <summary>Adds the slots that an operation may access through its arguments to a set: a call also what it finds there.</summary>
    internal bool Touch(Value value, ulong[] set)
    {
        bool touches = false;
        foreach (Value argument in value.Arguments)
        {
            if (_targets[argument.Id] is not { } targets) continue;
            touches = true;
            Merge(set, targets);
        }
        if (touches && value.Op.Has(OpTraits.Call)) Close(set);
        return touches;
    }

    private void Visit(Value value)
    {
        switch (value.Op)
        {
            case Op.SlotAddress:
                ulong[] own = TargetsOf(value);
                if ((own[value.Immediate >> 6] & (1UL << (int)(value.Immediate & 63))) != 0) return;
                own[value.Immediate >> 6] |= 1UL << (int)(value.Immediate & 63);
                _changed = true;
                return;
            case Op.PtrAdd or Op.Opaque or Op.Phi:
                foreach (Value argument in value.Arguments) Flow(argument, value);
                return;
            case Op.Load when value.Access == Access.U64:
                ForEach(_targets[value.Arguments[0].Id], slot => Add(value, _contents[slot]));
                return;
            case Op.Store:
                StoreTo(value.Arguments[0], _targets[value.Arguments[1].Id]);
                return;
            case Op.Copy:
                ForEach(_targets[value.Arguments[1].Id], slot => StoreTo(value.Arguments[0], _contents[slot]));
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
        ulong[] reached = new ulong[_words];
        if (!Touch(call, reached)) return;
        ForEach(reached, slot => Change(_contents[slot], reached));
        Add(call, reached);
        // Of other memory only a caller's stack can hold addresses of the stack, and a program has no caller.
        if (!_isProgram && call.Arguments.Exists(a => a.Type.IsPointer && _targets[a.Id] is null && a.Op is not (Op.FunctionAddress or Op.MapAddress or Op.Const))) Escape(reached);
    }

    private void StoreTo(Value address, ulong[]? stored)
    {
        if (stored is null || IsEmpty(stored)) return;
        if (_targets[address.Id] is not { } into)
        {
            Escape(stored);
            return;
        }
        ForEach(into, slot => Change(_contents[slot], stored));
    }

    private void Flow(Value from, Value to)
    {
        if (_targets[from.Id] is { } targets) Add(to, targets);
    }

    private void Add(Value value, ulong[] targets)
    {
        if (!IsEmpty(targets)) Change(TargetsOf(value), targets);
    }

    private void Escape(ulong[]? targets)
    {
        if (targets is null) return;
        ulong[] all = [.. targets];
        Close(all);
        Change(Escaped, all);
    }

    /// <summary>Adds what is stored in the slots of a set, and in those.</summary>
    private void Close(ulong[] set)
    {
        bool grows = true;
        while (grows)
        {
            grows = false;
            ForEach([.. set], slot => grows |= Merge(set, _contents[slot]));
        }
    }

    private void Change(ulong[] into, ulong[] from) => _changed |= Merge(into, from);

    private ulong[] TargetsOf(Value value) => _targets[value.Id] ??= new ulong[_words];

    private static bool IsEmpty(ulong[] set) => Array.TrueForAll(set, static w => w == 0);

    private static bool Merge(ulong[] into, ulong[] from)
    {
        bool changed = false;
        for (int i = 0; i < into.Length; i++)
        {
            ulong merged = into[i] | from[i];
            changed |= merged != into[i];
            into[i] = merged;
        }
        return changed;
    }

    private static void ForEach(ulong[]? set, Action<int> action)
    {
        for (int word = 0; word < (set?.Length ?? 0); word++)
        {
            int slot = word * 64;
            for (ulong bits = set![word]; bits != 0; bits >>= 1, slot++)
            {
                if ((bits & 1) != 0) action(slot);
            }
        }
    }
}
