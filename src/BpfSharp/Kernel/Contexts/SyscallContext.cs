using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>The context of a <see cref="BpfHook.Syscall"/> program: a value that user space passes in and reads back.</summary>
/// <typeparam name="T">The value's type, at most 64 KiB.</typeparam>
[KernelContext(Hooks = [BpfHook.Syscall])]
public readonly ref struct SyscallContext<T>
    where T : unmanaged
{
    private readonly ref T _value;

    /// <summary>Makes a context of a value, for tests.</summary>
    public SyscallContext(ref T value) => _value = ref value;

    /// <summary>The value, to read and to write.</summary>
    public ref T Value
    {
        [KernelIntrinsic("context.value")]
        get => ref _value;
    }
}
