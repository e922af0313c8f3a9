using System.Xml.Linq;

namespace BpfSharp.Tests.Errors;

/// <summary>Whoever has a handle knows from its documentation on which threads it may be used.</summary>
public class ThreadSafetyTests
{
    [Fact]
    public void EveryHandleSaysOnWhichThreadsItMayBeUsed()
    {
        Dictionary<string, string> documentation = XDocument.Load(Path.ChangeExtension(typeof(BpfMap).Assembly.Location, ".xml")).Descendants("member")
            .ToDictionary(m => m.Attribute("name")!.Value, m => m.Value);
        Type[] handles = [.. typeof(BpfMap).Assembly.GetExportedTypes().Where(t => t is { IsClass: true, Namespace: "BpfSharp" } && typeof(IDisposable).IsAssignableFrom(t)), typeof(BpfOpenObject), typeof(BpfSymbols), typeof(BpfFeatures)];
        Assert.True(handles.Length > 25);
        Assert.Empty(handles.Where(t => !IsSaid(documentation.GetValueOrDefault("T:" + t.FullName, ""))).Select(t => t.Name));
    }

    private static bool IsSaid(string text) =>
        text.Contains("thread", StringComparison.OrdinalIgnoreCase) || text.Contains("One reader at a time", StringComparison.Ordinal);
}
