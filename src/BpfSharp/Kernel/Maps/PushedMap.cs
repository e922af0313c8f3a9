using System.ComponentModel;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>What queues and stacks have in common: values without keys, which are put in at one end.</summary>
/// <typeparam name="T">The values' type.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class PushedMap<T>
    where T : unmanaged
{
    private readonly LinkedList<T> _values = new();
    private readonly bool _isStack;

    private protected PushedMap(uint maxEntries, bool isStack) => (MaxEntries, _isStack) = (maxEntries, isStack);

    /// <summary>The capacity in entries.</summary>
    public uint MaxEntries { get; }

    /// <summary>How many values there are. Not for kernel code: the kernel does not count them.</summary>
    public int Count
    {
        get
        {
            lock (_values) return _values.Count;
        }
    }

    /// <summary>Copies the value that would be taken next, and leaves it (<c>bpf_map_peek_elem</c>).</summary>
    /// <param name="value">The value; zeros if there is none.</param>
    /// <returns>False if there is none.</returns>
    [KernelIntrinsic("map.tryPeek")]
    public bool TryPeek(out T value) => Take(out value, remove: false);

    /// <summary>Removes all values. Not for kernel code.</summary>
    public void Clear()
    {
        lock (_values) _values.Clear();
    }

    private protected bool Take(out T value, bool remove)
    {
        lock (_values)
        {
            LinkedListNode<T>? node = _isStack ? _values.Last : _values.First;
            value = node?.Value ?? default;
            if (node is null) return false;
            if (remove) _values.Remove(node);
            return true;
        }
    }

    private protected bool Put(in T value, bool replaceOldest)
    {
        lock (_values)
        {
            if (_values.Count >= MaxEntries)
            {
                if (!replaceOldest) return false;
                _values.RemoveFirst();
            }

            _values.AddLast(value);
            return true;
        }
    }
}
