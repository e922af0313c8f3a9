using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>The context of a <see cref="BpfHook.Tracepoint"/> program: the tracepoint's record.</summary>
/// <typeparam name="T">
/// The record's layout as the tracepoint's <c>format</c> file gives it, common fields included, e.g. <see cref="SysEnter"/>.
/// </typeparam>
[KernelContext(Hooks = [BpfHook.Tracepoint])]
public readonly ref struct TracepointContext<T>
    where T : unmanaged
{
    private readonly ref readonly T _record;

    /// <summary>Makes a context of a record, for tests.</summary>
    public TracepointContext(ref readonly T record) => _record = ref record;

    /// <summary>The record; programs read it and cannot change it.</summary>
    public ref readonly T Record
    {
        [KernelIntrinsic("context.record")]
        get => ref _record;
    }
}
