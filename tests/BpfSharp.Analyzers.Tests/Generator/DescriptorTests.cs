using BpfSharp.Analyzers.Diagnostics;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Tests.Generator;

/// <summary>Every diagnostic has a page and is in release tracking, and the other way round.</summary>
public sealed class DescriptorTests
{
    private static readonly string s_root = RepositoryFiles.Root;

    [Fact]
    public void EveryDiagnosticHasAPage()
    {
        string[] pages = [.. Directory.GetFiles(Path.Combine(s_root, "docs/diagnostics"), "BPF*.md").Select(file => Path.GetFileNameWithoutExtension(file)).Order()];
        Assert.Equal(BpfDiagnostics.All.Keys.Order(), pages);
        foreach (DiagnosticDescriptor descriptor in BpfDiagnostics.All.Values)
        {
            string first = File.ReadLines(Path.Combine(s_root, "docs/diagnostics", descriptor.Id + ".md")).First();
            Assert.Equal($"# {descriptor.Id}: {descriptor.Title}", first);
        }
    }

    [Fact]
    public void EveryDiagnosticIsInReleaseTracking()
    {
        IEnumerable<string> rows = new[] { "Shipped", "Unshipped" }
            .SelectMany(file => File.ReadLines(Path.Combine(s_root, $"analyzers/BpfSharp.Analyzers/AnalyzerReleases.{file}.md")))
            .Where(line => line.StartsWith("BPF", StringComparison.Ordinal)).Select(line => line.Split('|')[0].Trim());
        Assert.Equal(BpfDiagnostics.All.Keys.Order(), rows.Order());
    }
}
