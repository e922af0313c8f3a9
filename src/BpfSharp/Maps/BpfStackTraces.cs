using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>Call stacks by the ids that <c>bpf_get_stackid</c> gives (<c>BPF_MAP_TYPE_STACK_TRACE</c>).</summary>
public sealed unsafe class BpfStackTraces : BpfMap
{
    /// <summary>Makes a typed view of a map.</summary>
    /// <exception cref="ArgumentException">It is of another kind, or its stacks are not lists of addresses.</exception>
    public BpfStackTraces(BpfMap map) : base(map)
    {
        CheckKind(nameof(BpfStackTraces), MapType.StackTrace);
        if (ValueSize % sizeof(ulong) != 0) throw new ArgumentException($"{What} has values of {ValueSize} bytes, which are no addresses");
    }

    /// <summary>The most frames that a stack can have here.</summary>
    public int MaxDepth => ValueSize / sizeof(ulong);

    /// <summary>Copies a stack, innermost frame first.</summary>
    /// <param name="id">The id that the program got, 0 or more; negative ones are its errors.</param>
    /// <param name="frames">Gets the addresses; at least <see cref="MaxDepth"/> of them.</param>
    /// <param name="depth">How many there are.</param>
    /// <returns>Whether there is such a stack.</returns>
    public bool TryGetFrames(int id, Span<ulong> frames, out int depth)
    {
        depth = 0;
        if (id < 0) return false;
        if (frames.Length < MaxDepth) throw new ArgumentException($"a stack may have {MaxDepth} frames, but there is room for {frames.Length}", nameof(frames));
        fixed (ulong* destination = frames)
            if (!Found(BpfSyscall.MapLookup(Fd, &id, destination), "look up a stack in")) return false;
        // What is not used is zero.
        depth = frames[..MaxDepth].IndexOf(0ul) is var end && end >= 0 ? end : MaxDepth;
        return true;
    }

    /// <summary>A stack's addresses, innermost first, in a new array; empty if there is no such stack.</summary>
    public ulong[] GetFrames(int id)
    {
        Span<ulong> frames = stackalloc ulong[MaxDepth];
        return TryGetFrames(id, frames, out int depth) ? frames[..depth].ToArray() : [];
    }

    /// <summary>Forgets a stack, so that its place can be used again.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(int id) => Found(BpfSyscall.MapDelete(Fd, &id), "remove a stack of");
}
