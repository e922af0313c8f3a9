using BpfSharp.Objects.Kernel;
using BpfSharp.Syscalls;

namespace BpfSharp;

/// <summary>Call stacks by the ids that <c>bpf_get_stackid</c> gives (<c>BPF_MAP_TYPE_STACK_TRACE</c>).</summary>
/// <remarks>Operations may be called from any thread; disposing must not run at the same time as one.</remarks>
public sealed unsafe class BpfStackTraces : BpfMap
{
    /// <summary>Makes a typed view of a map.</summary>
    /// <exception cref="ArgumentException">It is of another kind, or its stacks are not lists of addresses.</exception>
    public BpfStackTraces(BpfMap map) : base(map)
    {
        CheckKind(nameof(BpfStackTraces), MapType.StackTrace);
        HasBuildIds = (Flags & BpfMapFlags.StackBuildId) != 0;
        if (ValueSize % (HasBuildIds ? sizeof(BuildIdFrame) : sizeof(ulong)) != 0) throw new ArgumentException($"{What} has values of {ValueSize} bytes, which are no addresses");
    }

    /// <summary>The most frames that a stack can have here.</summary>
    public int MaxDepth => ValueSize / (HasBuildIds ? sizeof(BuildIdFrame) : sizeof(ulong));

    /// <summary>Whether the frames of user space are kept as places in files (<c>BPF_F_STACK_BUILD_ID</c>, kernel 4.17); read them with <see cref="GetBuildIdFrames"/>.</summary>
    public bool HasBuildIds { get; }

    /// <summary>Copies a stack, innermost frame first.</summary>
    /// <param name="id">The id that the program got, 0 or more; negative ones are its errors.</param>
    /// <param name="frames">Gets the addresses; at least <see cref="MaxDepth"/> of them.</param>
    /// <param name="depth">How many there are.</param>
    /// <returns>Whether there is such a stack.</returns>
    public bool TryGetFrames(int id, Span<ulong> frames, out int depth)
    {
        depth = 0;
        if (HasBuildIds) throw new InvalidOperationException($"{What} keeps build ids instead of addresses; call {nameof(GetBuildIdFrames)}");
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

    /// <summary>
    /// A stack of user space as places in files, innermost first; empty if there is no such stack. A file is known by its build id, so that it can be looked up
    /// later and elsewhere. Where the kernel could not read a file's build id, the frame has its address.
    /// </summary>
    /// <exception cref="InvalidOperationException">The map keeps addresses.</exception>
    public BpfBuildIdFrame[] GetBuildIdFrames(int id)
    {
        if (!HasBuildIds) throw new InvalidOperationException($"{What} was not created with BPF_F_STACK_BUILD_ID; call {nameof(GetFrames)}");
        if (id < 0) return [];
        BuildIdFrame[] frames = new BuildIdFrame[MaxDepth];
        fixed (BuildIdFrame* destination = frames)
            if (!Found(BpfSyscall.MapLookup(Fd, &id, destination), "look up a stack in")) return [];
        return [.. frames.TakeWhile(f => f.Status != 0).Select(f => f.ToPublic())];
    }

    /// <summary>Forgets a stack, so that its place can be used again.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(int id) => Found(BpfSyscall.MapDelete(Fd, &id), "remove a stack of");

    /// <summary><c>struct bpf_stack_build_id</c>.</summary>
    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential)]
    private struct BuildIdFrame
    {
        /// <summary>0 behind the last frame, 1 for a place in a file, 2 for an address.</summary>
        public int Status;
        public BuildIdBytes BuildId;
        public ulong Offset;

        public readonly BpfBuildIdFrame ToPublic() => new(Status == 1 ? Convert.ToHexStringLower(BuildId) : "", Offset);
    }

    /// <summary><c>BPF_BUILD_ID_SIZE</c> bytes.</summary>
    [System.Runtime.CompilerServices.InlineArray(20)]
    private struct BuildIdBytes
    {
        private byte _first;
    }
}

/// <summary>A frame of a stack as a place in a file.</summary>
/// <param name="BuildId">The file's build id in hexadecimal digits, "" if it is not known.</param>
/// <param name="Offset">The offset in the file; the address if the file is not known.</param>
public readonly record struct BpfBuildIdFrame(string BuildId, ulong Offset);
