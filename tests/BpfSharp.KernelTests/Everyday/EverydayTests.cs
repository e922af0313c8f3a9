namespace BpfSharp.KernelTests.Everyday;

/// <summary>Programs as people write them, with no thought of the verifier: every kernel takes each.</summary>
public sealed class EverydayTests
{
    private static readonly Dictionary<string, Func<BpfOpenObject>> s_programs = new(StringComparer.Ordinal)
    {
        [nameof(TcpOptions)] = static () => TcpOptions.Open().Object,
        [nameof(DnsNames)] = static () => DnsNames.Open().Object,
        [nameof(Rewrite)] = static () => Rewrite.Open().Object,
        [nameof(Machine)] = static () => Machine.Open().Object,
        [nameof(Http)] = static () => Http.Open().Object,
        [nameof(Bucket)] = static () => Bucket.Open().Object,
        [nameof(Parse)] = static () => Parse.Open().Object,
        [nameof(Sessions)] = static () => Sessions.Open().Object,
        [nameof(Six)] = static () => Six.Open().Object,
        [nameof(Commands)] = static () => Commands.Open().Object,
        [nameof(Latency)] = static () => Latency.Open().Object,
        [nameof(Arrays)] = static () => Arrays.Open().Object,
        [nameof(Bits)] = static () => Bits.Open().Object,
        [nameof(Maths)] = static () => Maths.Open().Object,
        [nameof(Scopes)] = static () => Scopes.Open().Object,
        [nameof(Refs)] = static () => Refs.Open().Object,
        [nameof(Loops2)] = static () => Loops2.Open().Object,
        [nameof(Big)] = static () => Big.Open().Object,
        [nameof(Calls2)] = static () => Calls2.Open().Object,
        [nameof(ServerNames)] = static () => ServerNames.Open().Object,
        [nameof(OptionReaders)] = static () => OptionReaders.Open().Object,
        [nameof(SynCookies)] = static () => SynCookies.Open().Object,
        [nameof(Requests)] = static () => Requests.Open().Object,
        [nameof(CountSketches)] = static () => CountSketches.Open().Object,
    };

    public static TheoryData<string> Programs => [.. s_programs.Keys];

    [KernelTheory(Minimum = "5.15")]
    [MemberData(nameof(Programs))]
    public void Load(string program)
    {
        using BpfObject loaded = s_programs[program]().Load();
        Assert.NotEmpty(loaded.Programs);
    }
}
