using System.Runtime.InteropServices;
using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// Call stacks, each kept once under a number (<c>BPF_MAP_TYPE_STACK_TRACE</c>, kernel 4.6). A stack has up to <see cref="MaxDepth"/> frames.
/// In .NET the stacks are <see cref="KernelSimulation.KernelStack"/> and <see cref="KernelSimulation.UserStack"/>.
/// </summary>
[KernelMapType(MapType.StackTrace, View = "BpfStackTraces", KeySize = sizeof(uint), ValueSize = MaxDepth * sizeof(ulong))]
public sealed class StackTraceMap
{
    /// <summary>The most frames of a stack, which is what the kernel collects unless it is set up otherwise (<c>PERF_MAX_STACK_DEPTH</c>).</summary>
    public const int MaxDepth = 127;

    private const int AddressFault = -14, Exists = -17;
    private readonly Dictionary<int, ulong[]> _stacks = [];
    private readonly uint _maxEntries;

    /// <summary>Makes an empty map in .NET's memory, for tests.</summary>
    /// <param name="maxEntries">The capacity in stacks.</param>
    public StackTraceMap(uint maxEntries) => _maxEntries = maxEntries;

    /// <summary>Keeps the stack of what runs now and gives its number (<c>bpf_get_stackid</c>).</summary>
    /// <typeparam name="TContext">The type of the program's context.</typeparam>
    /// <param name="context">The program's context.</param>
    /// <param name="flags">Which stack, and what to do with others of the same hash.</param>
    /// <returns>
    /// The stack's number, the same for the same stack; or a negative error number: -EFAULT if there is no such stack, -EEXIST if
    /// another stack has its place.
    /// </returns>
    [KernelIntrinsic("stacktrace.capture")]
    public int Capture<TContext>(TContext context, StackTraceFlags flags = StackTraceFlags.None)
        where TContext : struct, allows ref struct
    {
        ulong[] stack = (flags & StackTraceFlags.User) != 0 ? KernelSimulation.Current.UserStack : KernelSimulation.Current.KernelStack;
        int skip = (int)(flags & StackTraceFlags.SkipMask);
        if (stack.Length <= skip) return AddressFault;
        stack = stack[skip..Math.Min(stack.Length, skip + MaxDepth)];
        HashCode hash = default;
        hash.AddBytes(MemoryMarshal.AsBytes(stack.AsSpan()));
        int id = (int)((uint)hash.ToHashCode() % _maxEntries);
        lock (_stacks)
        {
            if (_stacks.TryGetValue(id, out ulong[]? other) && !other.AsSpan().SequenceEqual(stack) && (flags & StackTraceFlags.Replace) == 0) return Exists;
            _stacks[id] = stack;
        }
        return id;
    }

    /// <summary>A stack's addresses, innermost first; empty if there is none. Not for kernel code.</summary>
    public ulong[] GetFrames(int id)
    {
        lock (_stacks) return _stacks.GetValueOrDefault(id, []);
    }

    /// <summary>Forgets all stacks. Not for kernel code.</summary>
    public void Clear()
    {
        lock (_stacks) _stacks.Clear();
    }
}

/// <summary>How <see cref="StackTraceMap.Capture{TContext}"/> takes a stack.</summary>
[Flags]
public enum StackTraceFlags : ulong
{
    /// <summary>The kernel's stack; a stack whose place is taken is not kept.</summary>
    None = 0,

    /// <summary>In the low byte: how many of the innermost frames to leave out (<c>BPF_F_SKIP_FIELD_MASK</c>).</summary>
    SkipMask = 0xFF,

    /// <summary>The process's stack (<c>BPF_F_USER_STACK</c>).</summary>
    User = 1 << 8,

    /// <summary>Stacks of the same hash count as the same, which is faster and can be wrong (<c>BPF_F_FAST_STACK_CMP</c>).</summary>
    CompareHashes = 1 << 9,

    /// <summary>A stack replaces another one in its place (<c>BPF_F_REUSE_STACKID</c>).</summary>
    Replace = 1 << 10,
}
