using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>
/// A timer inside a map's value (<c>struct bpf_timer</c>, kernel 5.15; not in programs of kprobes, tracepoints and perf events): a field of the value's own struct, one per
/// value, in hash, LRU hash and array maps. When it runs out the kernel calls its callback with the key and the value in place. Removing
/// the entry ends it. In .NET <see cref="KernelSimulation.RunTimers"/> calls back.
/// </summary>
/// <example><code>
/// session.Value.Timeout.Init(Sessions);
/// session.Value.Timeout.SetCallback(Sessions, static (in key, ref session) =&gt; session.Expired = true);
/// session.Value.Timeout.Start(5_000_000_000);
/// </code></example>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct BpfTimer
{
    private ulong _id;

    /// <summary>Makes it a timer of the monotonic clock (<c>bpf_timer_init</c>).</summary>
    /// <param name="map">The map that the value is in.</param>
    /// <returns>False if it is one already.</returns>
    [KernelIntrinsic("timer.init")]
    public bool Init<TKey, TValue>(KeyedMap<TKey, TValue> map)
        where TKey : unmanaged
        where TValue : unmanaged => Init();

    /// <inheritdoc cref="Init{TKey, TValue}(KeyedMap{TKey, TValue})"/>
    [KernelIntrinsic("timer.init")]
    public bool Init<T>(IndexedMap<T> map)
        where T : unmanaged => Init();

    /// <summary>Says what it calls (<c>bpf_timer_set_callback</c>). A fault in the callback ends the callback.</summary>
    /// <param name="map">The map that the value is in.</param>
    /// <param name="body">A static lambda or method that captures nothing.</param>
    /// <returns>False if it was not initialised, or no user space holds the map.</returns>
    [KernelIntrinsic("timer.setCallback")]
    public bool SetCallback<TKey, TValue>(KeyedMap<TKey, TValue> map, TimerBody<TKey, TValue> body)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        ArgumentNullException.ThrowIfNull(map);
        (TKey key, StrongBox<TValue> box) = map.EntryOf(ref Unsafe.As<BpfTimer, byte>(ref this));
        return KernelSimulation.Current.Timers.SetCallback(_id, () => body(in key, ref box.Value));
    }

    /// <inheritdoc cref="SetCallback{TKey, TValue}(KeyedMap{TKey, TValue}, TimerBody{TKey, TValue})"/>
    [KernelIntrinsic("timer.setCallback")]
    public bool SetCallback<T>(IndexedMap<T> map, TimerBody<uint, T> body)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(map);
        uint index = map.IndexOf(ref Unsafe.As<BpfTimer, byte>(ref this));
        return KernelSimulation.Current.Timers.SetCallback(_id, () => body(in index, ref map[index]));
    }

    /// <summary>Calls back once, after a time (<c>bpf_timer_start</c>). A timer that runs starts anew.</summary>
    /// <param name="nanoseconds">The time.</param>
    /// <returns>False if it has no callback.</returns>
    [KernelIntrinsic("timer.start")]
    public bool Start(ulong nanoseconds) => KernelSimulation.Current.Timers.Start(_id, KernelSimulation.Current.Clock() + nanoseconds);

    /// <summary>Stops it, waiting for a callback that runs on another processor (<c>bpf_timer_cancel</c>).</summary>
    /// <returns>Whether it was running.</returns>
    [KernelIntrinsic("timer.cancel")]
    public bool Cancel() => KernelSimulation.Current.Timers.Cancel(_id);

    private bool Init()
    {
        if (_id != 0) return false;
        _id = KernelSimulation.Current.Timers.Add();
        return true;
    }
}

/// <summary>The callback of a <see cref="BpfTimer"/>.</summary>
/// <typeparam name="TKey">The keys' type.</typeparam>
/// <typeparam name="TValue">The values' type.</typeparam>
/// <param name="key">The key of the entry that the timer is in.</param>
/// <param name="value">Its value, in place.</param>
public delegate void TimerBody<TKey, TValue>(in TKey key, ref TValue value)
    where TKey : unmanaged
    where TValue : unmanaged;
