using System.Collections.Immutable;
using System.Diagnostics;
using BpfSharp.Analyzers.Generator;
using BpfSharp.Oracle.Running;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace BpfSharp.Oracle.Reducing;

/// <summary>
/// Half-typed code is ordinary input: leaves out each token of each file with a <c>[BpfObject]</c> in turn and runs the whole generator, as an editor does. No
/// exception may escape, nor be reported as an internal error.
/// </summary>
internal static class TokenWalk
{
    private const string InternalError = "BPF0001";

    /// <summary>What an SDK project has without writing it.</summary>
    private const string GlobalUsings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    /// <summary>Walks files, and folders with the files of a project each (the files of one folder are compiled together).</summary>
    public static int Run(string[] paths)
    {
        int tokens = 0, failures = 0, files = 0;
        Stopwatch watch = Stopwatch.StartNew();
        foreach (string[] project in paths.SelectMany(Projects))
        {
            SyntaxTree[] trees = [.. project.Select(static p => Parse(p, File.ReadAllText(p))), Parse("/GlobalUsings.cs", GlobalUsings)];
            CSharpCompilation compilation = ProgramBatch.Compilation(trees);
            foreach (SyntaxTree tree in trees.Where(static t => t.ToString().Contains("[BpfObject", StringComparison.Ordinal)))
            {
                files++;
                int found = failures;
                foreach (TextSpan span in Tokens(tree))
                {
                    tokens++;
                    if (Problem(compilation, tree, span) is not { } problem) continue;
                    failures++;
                    Console.WriteLine($"{tree.FilePath}, without '{tree.GetText().ToString(span)}' at {tree.GetLineSpan(span).StartLinePosition}: {problem}");
                }
                Console.WriteLine($"{tree.FilePath}: {failures - found} failures");
            }
        }
        Console.WriteLine($"{files} files, {tokens} tokens left out in turn, {failures} failures; {watch.Elapsed.TotalSeconds:F0} s");
        return failures == 0 && tokens > 0 ? 0 : 1;
    }

    /// <summary>The places of a file's tokens.</summary>
    public static IEnumerable<TextSpan> Tokens(SyntaxTree tree) => tree.GetRoot().DescendantTokens().Where(static t => t.Span.Length > 0).Select(static t => t.Span);

    /// <summary>What goes wrong without a token; null if nothing does.</summary>
    public static string? Problem(CSharpCompilation compilation, SyntaxTree tree, TextSpan token)
    {
        string text = tree.ToString();
        SyntaxTree mutant = Parse(tree.FilePath, string.Concat(text.AsSpan(0, token.Start), text.AsSpan(token.End)));
        try
        {
            GeneratorRunResult result = CSharpGeneratorDriver.Create([new BpfObjectGenerator().AsSourceGenerator()], parseOptions: (CSharpParseOptions)tree.Options)
                .RunGenerators(compilation.ReplaceSyntaxTree(tree, mutant)).GetRunResult().Results.Single();
            if (result.Exception is { } exception) return exception.ToString();
            return result.Diagnostics.FirstOrDefault(static d => d.Id == InternalError)?.ToString();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return e.ToString();
        }
    }

    private static IEnumerable<string[]> Projects(string path)
    {
        if (File.Exists(path)) return [[path]];
        string[] files = [.. Directory.GetFiles(path, "*.cs", SearchOption.AllDirectories).Where(static f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))];
        // A folder of projects, or one project.
        return Directory.GetFiles(path, "*.csproj").Length == 0 ? files.GroupBy(f => Path.GetRelativePath(path, f).Split('/')[0]).Select(static g => g.ToArray()) : [files];
    }

    private static SyntaxTree Parse(string path, string text) =>
        CSharpSyntaxTree.ParseText(SourceText.From(text, System.Text.Encoding.UTF8), new CSharpParseOptions(LanguageVersion.CSharp14), path);
}
