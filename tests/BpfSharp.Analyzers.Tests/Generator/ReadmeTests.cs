using System.Text.RegularExpressions;

namespace BpfSharp.Analyzers.Tests.Generator;

/// <summary>The C# in README.md and in the guide compiles as it stands, in a project with implicit usings: the objects of a page with each of its programs.</summary>
public sealed partial class ReadmeTests
{
    private const string Implicit =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly Dictionary<string, string[]> s_pages = Pages().ToDictionary(static p => p, static p => Snippets(File.ReadAllText(Path.Combine(RepositoryFiles.Root, p))), StringComparer.Ordinal);

    /// <summary>Each program of each page; -1 for the objects of a page without a program.</summary>
    public static TheoryData<string, int> Programs
    {
        get
        {
            TheoryData<string, int> programs = [];
            foreach ((string page, string[] snippets) in s_pages)
            {
                int[] found = [.. Enumerable.Range(0, snippets.Length).Where(i => !IsObject(snippets[i]))];
                foreach (int program in found.Length > 0 || snippets.Length == 0 ? found : [-1]) programs.Add(page, program);
            }

            return programs;
        }
    }

    [Fact]
    public void ThereAreObjectsAndPrograms()
    {
        Assert.Contains(s_pages["README.md"], IsObject);
        Assert.Contains(s_pages["README.md"], static s => !IsObject(s));
        Assert.True(s_pages.Count(static p => p.Value.Any(IsObject)) >= 6);
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void Compiles(string page, int program)
    {
        string main = program < 0 ? "return;" : s_pages[page][program];
        IEnumerable<(string, string)> objects = s_pages[page].Where(IsObject).Select((text, i) => ($"/readme/Object{i}.cs", text));
        GeneratorRun run = GeneratorRun.Console([.. objects, ("/readme/Program.cs", main), ("/readme/Usings.cs", Implicit)]);
        Assert.Empty(run.Reported);
        // The suppressor, which has tests of its own, takes care of the constant that user space sets.
        Assert.Empty(run.CompilerDiagnostics.Where(d => d.Id != "CS0649"));
    }

    /// <summary>Links between the pages lead to files that are there.</summary>
    [Fact]
    public void LinksLeadSomewhere()
    {
        foreach (string page in s_pages.Keys)
        {
            string folder = Path.GetDirectoryName(Path.Combine(RepositoryFiles.Root, page))!;
            foreach (Match link in Link().Matches(File.ReadAllText(Path.Combine(RepositoryFiles.Root, page))))
                Assert.True(Path.Exists(Path.Combine(folder, link.Groups[1].Value)), $"{page}: {link.Groups[1].Value} is not there");
        }
    }

    private static IEnumerable<string> Pages() =>
        Directory.GetFiles(Path.Combine(RepositoryFiles.Root, "docs", "guide"), "*.md").Select(static f => Path.GetRelativePath(RepositoryFiles.Root, f)).Order(StringComparer.Ordinal).Prepend("README.md");

    private static string[] Snippets(string text) => [.. Fence().Matches(text).Select(match => match.Groups[1].Value)];

    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)[^)]*\)")]
    private static partial Regex Link();

    private static bool IsObject(string snippet) => snippet.Contains("[BpfObject", StringComparison.Ordinal);

    [GeneratedRegex("^```csharp\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();
}
