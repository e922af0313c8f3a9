namespace BpfSharp.Benchmarks.Code;

/// <summary>One program of ours next to its peer.</summary>
/// <param name="Name">What it is called in the table.</param>
/// <param name="Image">Our object.</param>
/// <param name="Program">Our program in it; several are joined by plus signs, and their numbers are added up.</param>
/// <param name="Peer">The peer's source, <c>Peers/NAME.bpf.c</c>.</param>
/// <param name="PeerProgram">The peer's program or programs in it.</param>
/// <param name="Empty">The empty program of the same type in <c>noop.bpf.c</c>; null where the type cannot be run for a test.</param>
internal sealed record CodeCase(string Name, Func<byte[]> Image, string Program, string Peer, string PeerProgram, string? Empty)
{
    /// <summary>Our maps' names and the peer's, in pairs, whose content must be the same after the same packets.</summary>
    public IReadOnlyList<(string Ours, string Theirs)> Maps { get; init; } = [];

    /// <summary>Fills an object's maps before the first packet; gets a map by our name.</summary>
    public Action<Func<string, BpfMap>> Prepare { get; init; } = static _ => { };

    /// <summary>The packets that are timed.</summary>
    public IReadOnlyList<byte[]> Timed { get; init; } = [];

    /// <summary>The maps, by our names, whose values depend on the time: only the keys are compared.</summary>
    public IReadOnlyList<string> KeysOnly { get; init; } = [];

    /// <summary>
    /// Where the type cannot be run for a test: attaches all sides, does what they trace, and gives what each saw of it as text.
    /// </summary>
    public Func<IReadOnlyList<Candidate>, string[]>? Observe { get; init; }
}
