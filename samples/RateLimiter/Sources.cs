using BpfSharp.Kernel;

namespace Samples;

/// <summary>The addresses that sent most lately, and what became of all packets.</summary>
internal static class Sources
{
    private const ulong TokensPerPacket = 1024;

    /// <summary>The table as it is now.</summary>
    public static ScreenTable Take(RateLimiter limiter)
    {
        List<(IPv4Address Source, RateLimiter.Bucket Bucket)> buckets = [];
        foreach ((IPv4Address source, RateLimiter.Bucket bucket) in limiter.Maps.Buckets) buckets.Add((source, bucket));
        List<string[]> rows = [.. buckets.OrderByDescending(static b => b.Bucket.LastNanoseconds)
            .Select(static b => new[] { $"{b.Source}", Screen.Number(b.Bucket.Tokens / TokensPerPacket) })];
        // The first packet of an address passes too.
        ulong passed = Count(RateLimiter.Outcome.Passed) + Count(RateLimiter.Outcome.New);
        return new ScreenTable(["source", ">packets left"], rows,
            $"{passed} passed, {Count(RateLimiter.Outcome.Dropped)} dropped, {Count(RateLimiter.Outcome.Other)} not IPv4");

        ulong Count(RateLimiter.Outcome outcome) => limiter.Maps.Stats[(int)outcome].Aggregate(0ul, static (sum, part) => sum + part);
    }
}
