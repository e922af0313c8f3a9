using BpfSharp.Compiler.IR;

namespace BpfSharp.Compiler.Passes;

/// <summary>Values that others take the place of. Uses are rewritten in one sweep at the end, so that a pass stays linear.</summary>
internal sealed class Replacements(Function function)
{
    private Value?[] _to = new Value?[function.ValueCount];

    /// <summary>Whether anything was replaced or removed.</summary>
    internal bool Changed { get; private set; }

    /// <summary>Makes the uses of <paramref name="old"/> uses of <paramref name="by"/>, and takes <paramref name="old"/> out of its block in the sweep.</summary>
    internal void Replace(Value old, Value by)
    {
        if (old.Id >= _to.Length) Array.Resize(ref _to, Math.Max(function.ValueCount, old.Id + 1));
        by = Resolve(by);
        if (by == old) throw new InvalidOperationException($"%{old.Id} cannot replace itself.");
        _to[old.Id] = by;
        Remove(old);
    }

    /// <summary>Takes a value that has no uses out of its block in the sweep.</summary>
    internal void Remove(Value value)
    {
        value.Block = null;
        Changed = true;
    }

    /// <summary>What stands for a value now.</summary>
    internal Value Resolve(Value value)
    {
        Value root = value;
        while (root.Id < _to.Length && _to[root.Id] is { } next) root = next;
        while (value != root)
        {
            Value next = _to[value.Id]!;
            _to[value.Id] = root;
            value = next;
        }
        return root;
    }

    /// <summary>Resolves a value's arguments.</summary>
    internal void ResolveArguments(Value value)
    {
        for (int i = 0; i < value.Arguments.Count; i++)
        {
            Value to = Resolve(value.Arguments[i]);
            if (to != value.Arguments[i]) value.Arguments[i] = to;
        }
    }

    /// <summary>Rewrites all uses and removes what was replaced.</summary>
    /// <returns>Whether anything changed.</returns>
    internal bool Apply()
    {
        if (!Changed) return false;
        foreach (Block block in function.Blocks)
        {
            block.Values.RemoveAll(static v => v.Block is null);
            foreach (Value value in block.Values) ResolveArguments(value);
        }
        return true;
    }
}
