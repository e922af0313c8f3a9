using System.Diagnostics.CodeAnalysis;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>
/// A lock inside a map's value that programs on all processors respect (<c>struct bpf_spin_lock</c>, kernel 5.1): a field of the value's own struct,
/// one per value, in <see cref="HashMap{TKey, TValue}"/>, <see cref="ArrayMap{T}"/> and storages. Not for kprobes, tracepoints and other programs that can run in the
/// middle of anything; for those that the kernel declares the arguments of (fentry, BTF tracepoints, LSM) since 6.1. A copy of the value has a lock of its own, which is free.
/// </summary>
/// <example><code>using (bucket.Value.Lock.Enter()) bucket.Value.Tokens -= cost;</code></example>
public struct BpfSpinLock
{
    private int _value;

    /// <summary>
    /// Waits for the lock and holds it until the result is disposed (<c>bpf_spin_lock</c>, <c>bpf_spin_unlock</c>). It has to stand in a
    /// <c>using</c>. Inside, the kernel allows calculations and memory, but no calls of helpers and maps and no second lock. A fault releases it.
    /// </summary>
    [UnscopedRef]
    [KernelIntrinsic("spinlock.enter")]
    public SpinLockScope Enter()
    {
        SpinWait wait = default;
        while (Interlocked.CompareExchange(ref _value, 1, 0) != 0) wait.SpinOnce();
        return new SpinLockScope(ref _value);
    }
}

/// <summary>A <see cref="BpfSpinLock"/> that is held.</summary>
public readonly ref struct SpinLockScope
{
    private readonly ref int _value;

    internal SpinLockScope(ref int value) => _value = ref value;

    /// <summary>Releases the lock.</summary>
    [KernelIntrinsic("spinlock.leave")]
    public void Dispose() => Volatile.Write(ref _value, 0);
}
