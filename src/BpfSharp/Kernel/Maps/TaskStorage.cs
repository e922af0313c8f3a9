using System.Runtime.CompilerServices;
using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// A value for each task that gets one, gone when the task ends (<c>BPF_MAP_TYPE_TASK_STORAGE</c>, kernel 5.11; for all tracing programs
/// since 5.12). Owners are <c>task_struct</c>; the methods without an owner mean the current task, and those run in .NET too, where the task is
/// <see cref="KernelSimulation.ThreadId"/>.
/// </summary>
/// <typeparam name="T">The values' type.</typeparam>
[KernelMapType(MapType.TaskStorage, Flags = NoPreallocation, Owner = "task", View = "BpfStorageMap")]
public sealed class TaskStorage<T> : OwnedStorage<T>
    where T : unmanaged
{
    // BPF_F_NO_PREALLOC, without which the kernel makes no storage.
    private const uint NoPreallocation = 1;

    private readonly Dictionary<uint, StrongBox<T>> _values = [];

    /// <summary>Finds the current task's value in place (<c>bpf_task_storage_get</c>).</summary>
    /// <param name="value">The value, to read and to change in place; refers to nothing if there is none.</param>
    /// <returns>Whether it has one.</returns>
    [KernelIntrinsic("storage.tryGetRef")]
    public bool TryGetRef(out Ref<T> value) => Find(out value, null);

    /// <summary>Finds the current task's value in place, and gives it one of zeros if it has none (<c>bpf_task_storage_get</c>).</summary>
    /// <param name="value">The value, to read and to change in place.</param>
    /// <returns>False if the task is about to go, or there is no memory.</returns>
    [KernelIntrinsic("storage.tryGetOrAdd")]
    public bool TryGetOrAdd(out Ref<T> value) => Find(out value, default(T));

    /// <summary>Finds the current task's value in place, and gives it an initial one if it has none (<c>bpf_task_storage_get</c>).</summary>
    /// <param name="initial">The value if there was none.</param>
    /// <param name="value">The value, to read and to change in place.</param>
    /// <returns>False if the task is about to go, or there is no memory.</returns>
    [KernelIntrinsic("storage.tryGetOrAdd")]
    public bool TryGetOrAdd(scoped in T initial, out Ref<T> value) => Find(out value, initial);

    /// <summary>Takes the current task's value away (<c>bpf_task_storage_delete</c>).</summary>
    /// <returns>Whether it had one.</returns>
    [KernelIntrinsic("storage.remove")]
    public bool Remove()
    {
        lock (_values) return _values.Remove(KernelSimulation.Current.ThreadId);
    }

    /// <summary>Takes all values away. Not for kernel code.</summary>
    public void Clear()
    {
        lock (_values) _values.Clear();
    }

    private bool Find(out Ref<T> value, T? initial)
    {
        lock (_values)
        {
            uint task = KernelSimulation.Current.ThreadId;
            if (!_values.TryGetValue(task, out StrongBox<T>? box) && initial is { } first) _values.Add(task, box = new StrongBox<T>(first));
            value = box is null ? default : new Ref<T>(ref box.Value);
            return box is not null;
        }
    }
}
