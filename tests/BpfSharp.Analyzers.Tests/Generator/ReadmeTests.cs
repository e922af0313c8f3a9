using System.Text.RegularExpressions;

namespace BpfSharp.Analyzers.Tests.Generator;

/// <summary>The C# in README.md compiles as it stands, in a project with implicit usings.</summary>
public sealed partial class ReadmeTests
{
    private const string Implicit =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly string[] s_snippets =
        [.. Fence().Matches(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "README.md"))).Select(match => match.Groups[1].Value)];

    public static TheoryData<int> Programs => [.. Enumerable.Range(0, s_snippets.Length).Where(i => !IsObject(s_snippets[i]))];

    [Fact]
    public void ThereAreObjectsAndPrograms()
    {
        Assert.Contains(s_snippets, IsObject);
        Assert.NotEmpty(Programs);
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void Compiles(int program)
    {
        IEnumerable<(string, string)> objects = s_snippets.Where(IsObject).Select((text, i) => ($"/readme/Object{i}.cs", text));
        GeneratorRun run = GeneratorRun.Console([.. objects, ("/readme/Program.cs", s_snippets[program]), ("/readme/Usings.cs", Implicit)]);
        Assert.Empty(run.Reported);
        // The suppressor, which has tests of its own, takes care of the constant that user space sets.
        Assert.Empty(run.CompilerDiagnostics.Where(d => d.Id != "CS0649"));
    }

    private static bool IsObject(string snippet) => snippet.Contains("[BpfObject", StringComparison.Ordinal);

    [GeneratedRegex("^```csharp\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();
}
