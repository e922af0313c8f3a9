namespace BpfSharp;

/// <summary>Several links that belong together, e.g. a sampling program's on each CPU.</summary>
/// <remarks>Not thread-safe, except that it may be disposed twice.</remarks>
public sealed class BpfLinks : IDisposable
{
    internal BpfLinks(IReadOnlyList<BpfLink> items) => Items = items;

    /// <summary>The links.</summary>
    public IReadOnlyList<BpfLink> Items { get; }

    /// <summary>Detaches all of them.</summary>
    public void Dispose()
    {
        foreach (BpfLink link in Items) link.Dispose();
    }
}
