using Xunit.Abstractions;

namespace BpfSharp.KernelTests.Infrastructure;

/// <summary>Puts the leak check after every other collection; the others keep xunit's order.</summary>
public sealed class LeakCheckLast : ITestCollectionOrderer
{
    /// <summary>The collection that runs last.</summary>
    public const string Collection = "After the run";

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(c => c.DisplayName == Collection);
}
