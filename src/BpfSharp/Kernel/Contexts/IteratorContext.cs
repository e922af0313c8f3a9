using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>
/// The context of a <see cref="BpfHook.Iterator"/> program. The parameter behind it is the kernel's struct for the kind of objects, such as
/// <c>bpf_iter__task</c>, whose members are what the program is called with.
/// </summary>
[KernelContext(Hooks = [BpfHook.Iterator])]
public readonly ref struct IteratorContext;
