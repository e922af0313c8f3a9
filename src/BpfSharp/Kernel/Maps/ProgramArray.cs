using BpfSharp.Kernel.Metadata;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Kernel;

/// <summary>
/// A table of programs for tail calls (<c>BPF_MAP_TYPE_PROG_ARRAY</c>, kernel 4.2): a program goes on as another one of the same hook, which takes over its context.
/// <see cref="BpfTailCallAttribute"/> fills the table when the object is loaded, <see cref="BpfProgramArray"/> at any time from user space.
/// </summary>
[KernelMapType(MapType.ProgramArray, View = "BpfProgramArray", KeySize = sizeof(uint), ValueSize = sizeof(uint))]
public sealed class ProgramArray
{
    /// <summary>How many tail calls one run may make (<c>MAX_TAIL_CALL_CNT</c>). The one after that does nothing.</summary>
    public const int MaxCalls = 33;

    [ThreadStatic]
    private static int s_calls;

    private readonly Delegate?[] _programs;

    /// <summary>Makes an empty table in .NET's memory, for tests. In a <c>[BpfObject]</c> class the build makes it.</summary>
    /// <param name="maxEntries">How many indices there are.</param>
    public ProgramArray(uint maxEntries) => _programs = new Delegate?[maxEntries];

    /// <summary>How many indices there are.</summary>
    public uint MaxEntries => (uint)_programs.Length;

    /// <summary>
    /// Goes on as the program at an index (<c>bpf_tail_call</c>). Where there is one, nothing behind this call runs: what that program returns is what this program returns. Write it as
    /// <c>if (Stages.TryTailCall(ctx, index, out XdpAction action)) return action;</c>, in the program's own method; anything else is refused,
    /// because .NET could not do what the kernel does. In .NET the other program is called.
    /// </summary>
    /// <typeparam name="TContext">The type of the program's context.</typeparam>
    /// <typeparam name="TResult">The type of the program's result.</typeparam>
    /// <param name="context">The program's context.</param>
    /// <param name="index">The index in the table.</param>
    /// <param name="result">What the other program returned, to be returned at once.</param>
    /// <returns>False, and the program goes on, if no program is at the index or <see cref="MaxCalls"/> were made.</returns>
    /// <exception cref="InvalidOperationException">The program in .NET's table takes another context or gives another result.</exception>
    [KernelIntrinsic("programs.tailCall")]
    public bool TryTailCall<TContext, TResult>(TContext context, uint index, out TResult result)
        where TContext : struct, allows ref struct
        where TResult : unmanaged
    {
        result = default;
        if (index >= MaxEntries || _programs[index] is not { } program || s_calls >= MaxCalls) return false;
        if (program is not Func<TContext, TResult> target) throw new InvalidOperationException($"The program at index {index} is of another hook: {program.Method}.");
        s_calls++;
        try
        {
            result = target(context);
        }
        finally
        {
            s_calls--;
        }
        return true;
    }

    /// <summary>Puts a program into .NET's table. Not for kernel code.</summary>
    /// <typeparam name="TContext">The type of the program's context.</typeparam>
    /// <typeparam name="TResult">The type of the program's result.</typeparam>
    /// <param name="index">The index in the table.</param>
    /// <param name="program">The program's method.</param>
    /// <returns>This table.</returns>
    public ProgramArray Set<TContext, TResult>(uint index, Func<TContext, TResult> program)
        where TContext : struct, allows ref struct
        where TResult : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        _programs[index] = program;
        return this;
    }

    /// <summary>Takes a program out of .NET's table. Not for kernel code.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Remove(uint index)
    {
        if (index >= MaxEntries || _programs[index] is null) return false;
        _programs[index] = null;
        return true;
    }
}
