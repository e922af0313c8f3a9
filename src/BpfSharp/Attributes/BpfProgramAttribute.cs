namespace BpfSharp;

/// <summary>
/// Marks a static method of a <c>[BpfObject]</c> class as an eBPF program: it runs in the kernel when the hook is reached. Its first
/// parameter is the hook's context from <c>BpfSharp.Kernel</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class BpfProgramAttribute : Attribute
{
    /// <summary>Marks a program for a hook that needs no target, such as <see cref="BpfHook.Xdp"/>, or whose target is chosen when it is attached.</summary>
    public BpfProgramAttribute(BpfHook hook) => Hook = hook;

    /// <summary>Marks a program for a hook and what in the kernel it belongs to, such as <c>raw_syscalls/sys_enter</c> for a tracepoint.</summary>
    public BpfProgramAttribute(BpfHook hook, string target)
    {
        Hook = hook;
        Target = target;
    }

    /// <summary>Where in the kernel the program runs.</summary>
    public BpfHook Hook { get; }

    /// <summary>What the hook belongs to: <c>category/name</c> for tracepoints, a function for probes; null where there is none.</summary>
    public string? Target { get; }

    /// <summary>
    /// What the program returns when an operation in it faults: where .NET would throw, such as an index out of range. A constant of the
    /// method's return type. Unless set it is the hook's safe result, such as <c>XdpAction.Aborted</c>.
    /// </summary>
    public object? FaultResult { get; set; }

    /// <summary>The program's name in the kernel, which keeps its first 15 characters; the method's name unless set.</summary>
    public string? Name { get; set; }
}
