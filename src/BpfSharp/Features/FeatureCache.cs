using System.Collections.Concurrent;

namespace BpfSharp.Features;

/// <summary>Answers of the kernel, which do not change while it runs. An exception is no answer and is not kept.</summary>
internal static class FeatureCache
{
    /// <summary>The answer for a key, asked for at most a few times at once and then kept.</summary>
    public static bool Get<TKey>(TKey key, Func<TKey, bool> ask)
        where TKey : notnull => Of<TKey>.Answers.GetOrAdd(key, ask);

    private static class Of<TKey>
        where TKey : notnull
    {
        public static readonly ConcurrentDictionary<TKey, bool> Answers = new();
    }
}
