using System.Text;
using BpfSharp.Kernel.Metadata;

namespace BpfSharp.Kernel;

/// <summary>What every program can ask of the kernel. In .NET the answers come from <see cref="KernelSimulation.Current"/>.</summary>
public static partial class Bpf
{
    /// <summary>The current process's id, which the kernel calls thread group id (upper half of <c>bpf_get_current_pid_tgid</c>, kernel 4.2).</summary>
    public static uint CurrentProcessId
    {
        [KernelHelper(14, Shift = 32)]
        get => KernelSimulation.Current.ProcessId;
    }

    /// <summary>The current thread's id, which the kernel calls pid (lower half of <c>bpf_get_current_pid_tgid</c>, kernel 4.2).</summary>
    public static uint CurrentThreadId
    {
        [KernelHelper(14)]
        get => KernelSimulation.Current.ThreadId;
    }

    /// <summary>The current user's id (lower half of <c>bpf_get_current_uid_gid</c>, kernel 4.2).</summary>
    public static uint CurrentUserId
    {
        [KernelHelper(15)]
        get => KernelSimulation.Current.UserId;
    }

    /// <summary>The current group's id (upper half of <c>bpf_get_current_uid_gid</c>, kernel 4.2).</summary>
    public static uint CurrentGroupId
    {
        [KernelHelper(15, Shift = 32)]
        get => KernelSimulation.Current.GroupId;
    }

    /// <summary>Nanoseconds since the machine was started, without the time it was suspended (<c>bpf_ktime_get_ns</c>, kernel 4.1).</summary>
    public static ulong KtimeNanoseconds
    {
        [KernelHelper(5)]
        get => KernelSimulation.Current.Clock();
    }

    /// <summary>Nanoseconds since the machine was started, with the time it was suspended (<c>bpf_ktime_get_boot_ns</c>, kernel 5.8).</summary>
    public static ulong BootNanoseconds
    {
        [KernelHelper(125)]
        get => KernelSimulation.Current.Clock();
    }

    /// <summary>The processor that runs the program (<c>bpf_get_smp_processor_id</c>, kernel 4.1).</summary>
    public static uint ProcessorId
    {
        [KernelHelper(8)]
        get => KernelSimulation.Current.ProcessorId;
    }

    /// <summary>A random number (<c>bpf_get_prandom_u32</c>, kernel 4.1).</summary>
    public static uint RandomUInt32
    {
        [KernelHelper(7)]
        get => KernelSimulation.Current.Random();
    }

    /// <summary>Copies the current task's name (<c>bpf_get_current_comm</c>, kernel 4.2).</summary>
    /// <returns>0, or a negative error number.</returns>
    [KernelHelper(16, SizeAfterReference = true)]
    public static int CurrentCommand(out Comm16 command)
    {
        command = default;
        Span<byte> bytes = command;
        byte[] name = Encoding.UTF8.GetBytes(KernelSimulation.Current.Command);
        name.AsSpan(0, Math.Min(name.Length, 15)).CopyTo(bytes);
        return 0;
    }

    /// <summary>
    /// Writes a line to the kernel's trace (<c>bpf_trace_printk</c>, kernel 4.1, up to 3 values; <c>bpf_trace_vprintk</c>, kernel 5.16, for
    /// more). It is slow and for finding mistakes. In .NET it goes to <see cref="KernelSimulation.Trace"/>.
    /// </summary>
    [KernelIntrinsic("print")]
    public static void Print(ref PrintHandler text) => KernelSimulation.Current.Write(text.Text);

    /// <summary>
    /// Runs a body up to <paramref name="count"/> times, with far more rounds than an ordinary loop that the verifier follows round by round
    /// (<c>bpf_loop</c>, kernel 5.17). For older kernels it becomes an ordinary loop of at most 2,048 rounds; more are a fault.
    /// </summary>
    /// <typeparam name="TState">The type of what the body works on.</typeparam>
    /// <param name="count">How often at most; up to 8,388,608.</param>
    /// <param name="state">What the body works on.</param>
    /// <param name="body">A static lambda or method that captures nothing; it returns whether to go on.</param>
    /// <returns>How many times it ran.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is too large. In the kernel this is a fault.</exception>
    [KernelIntrinsic("loop")]
    public static uint Loop<TState>(uint count, ref TState state, LoopBody<TState> body)
        where TState : unmanaged
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaximumLoops);
        uint index = 0;
        while (index < count)
        {
            if (!body(index++, ref state)) break;
        }
        return index;
    }

    /// <summary>
    /// The numbers from 0 to <paramref name="count"/> - 1, for <c>foreach</c>: a loop that the verifier does not follow round by round. By the oldest kernel
    /// that the object is for it becomes an iterator (<c>bpf_iter_num_new</c>, kernel 6.4, licence compatible with the GPL, up to eight branches), <c>bpf_loop</c> (kernel 5.17), or
    /// before these an ordinary loop of at most 2,048 rounds. Up to 32 constant rounds are always an ordinary loop.
    /// </summary>
    /// <param name="count">How many; up to 8,388,608.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are too many. In the kernel this is a fault.</exception>
    [KernelIntrinsic("range")]
    public static NumberRange Range(uint count) => new(0, count);

    /// <summary>The numbers from <paramref name="start"/> to <paramref name="end"/> - 1, none if the end is not above the start.</summary>
    /// <param name="start">The first.</param>
    /// <param name="end">Behind the last; at most 8,388,608 above the start.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are too many. In the kernel this is a fault.</exception>
    /// <inheritdoc cref="Range(uint)"/>
    [KernelIntrinsic("range")]
    public static NumberRange Range(uint start, uint end) => new(start, Math.Max(start, end));

    // The kernel's BPF_MAX_LOOPS.
    internal const uint MaximumLoops = 8 * 1024 * 1024;
}
