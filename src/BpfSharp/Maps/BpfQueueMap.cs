using System.Runtime.CompilerServices;
using BpfSharp.Errors;
using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>What queues and stacks have in common (kernel 4.20). Operations are one system call each and may be called from any thread.</summary>
/// <typeparam name="T">The element.</typeparam>
public abstract unsafe class BpfQueueMap<T> : BpfMap
    where T : unmanaged
{
    private protected BpfQueueMap(BpfMap map) : base(map) => CheckType<T>(ValueSize, "value");

    private protected bool Push(T value)
    {
        int result = BpfSyscall.MapUpdate(Fd, null, &value, 0);
        if (result is -(int)Errno.E2BIG or -(int)Errno.ENOSPC) return false;
        return result >= 0 ? true : throw BpfError.Create(result, $"put a value into {What}");
    }

    private protected bool TryTake(out T value, bool remove)
    {
        Unsafe.SkipInit(out value);
        int result;
        fixed (T* v = &value) result = remove ? BpfSyscall.MapLookupAndDelete(Fd, null, v) : BpfSyscall.MapLookup(Fd, null, v);
        if (result == 0) return true;
        value = default;
        return Found(result, "take a value out of");
    }
}

/// <summary>A queue, first in first out (<c>BPF_MAP_TYPE_QUEUE</c>, kernel 4.20).</summary>
/// <typeparam name="T">The element.</typeparam>
/// <remarks>Operations may be called from any thread; disposing must not run at the same time as one.</remarks>
public sealed class BpfQueue<T> : BpfQueueMap<T>
    where T : unmanaged
{
    /// <summary>Makes a typed view of a map.</summary>
    public BpfQueue(BpfMap map) : base(map) => CheckKind(nameof(BpfQueue<>), MapType.Queue);

    /// <summary>Puts a value at the end; false if the queue is full.</summary>
    public bool TryEnqueue(T value) => Push(value);

    /// <summary>Takes the first value; false if the queue is empty.</summary>
    public bool TryDequeue(out T value) => TryTake(out value, remove: true);

    /// <summary>Copies the first value; false if the queue is empty.</summary>
    public bool TryPeek(out T value) => TryTake(out value, remove: false);
}

/// <summary>A stack, last in first out (<c>BPF_MAP_TYPE_STACK</c>, kernel 4.20).</summary>
/// <typeparam name="T">The element.</typeparam>
/// <remarks>Operations may be called from any thread; disposing must not run at the same time as one.</remarks>
public sealed class BpfStack<T> : BpfQueueMap<T>
    where T : unmanaged
{
    /// <summary>Makes a typed view of a map.</summary>
    public BpfStack(BpfMap map) : base(map) => CheckKind(nameof(BpfStack<>), MapType.Stack);

    /// <summary>Puts a value on top; false if the stack is full.</summary>
    public bool TryPush(T value) => Push(value);

    /// <summary>Takes the top value; false if the stack is empty.</summary>
    public bool TryPop(out T value) => TryTake(out value, remove: true);

    /// <summary>Copies the top value; false if the stack is empty.</summary>
    public bool TryPeek(out T value) => TryTake(out value, remove: false);
}
