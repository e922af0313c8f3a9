using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using BpfSharp.Benchmarks.Runtime;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace BpfSharp.Benchmarks.Build;

/// <summary>Runs the generator over one program and a file that has nothing to do with it, as the compiler and the editor do.</summary>
internal sealed partial class GeneratorTimer
{
    private const string Other = "public static class Elsewhere { public static int Number() => 1; }";

    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.CSharp14);

    private readonly string _source;
    private readonly IIncrementalGenerator _generator = Load();
    private CSharpCompilation _compilation;
    private GeneratorDriver _driver;
    private int _edits;

    public GeneratorTimer(string source)
    {
        _source = source;
        _compilation = NewCompilation();
        _driver = NewDriver();
    }

    /// <summary>The generator and the binding of what it looks at, all from the start; milliseconds.</summary>
    public double Whole()
    {
        _compilation = NewCompilation();
        _driver = NewDriver();
        return Run();
    }

    /// <summary>Again after one character in the program has changed.</summary>
    public double AfterEdit()
    {
        // The last number of one digit that stands by itself is in a program's body.
        int at = Number().Match(_source).Index;
        char changed = (char)('1' + ((_source[at] - '0' + (_edits++ % 8)) % 9));
        return Replace(0, _source[..at] + changed + _source[(at + 1)..]);
    }

    /// <summary>Again after one character in the other file has changed.</summary>
    public double AfterEditElsewhere() => Replace(1, Other.Replace("1", (2 + (_edits++ % 8)).ToString(), StringComparison.Ordinal));

    private double Replace(int file, string text)
    {
        SyntaxTree old = _compilation.SyntaxTrees[file];
        _compilation = _compilation.ReplaceSyntaxTree(old, CSharpSyntaxTree.ParseText(text, s_parse, old.FilePath, Encoding.UTF8));
        return Run();
    }

    private double Run()
    {
        long start = CpuClock.Now;
        _driver = _driver.RunGenerators(_compilation);
        double milliseconds = (CpuClock.Now - start) / 1e6;
        GeneratorRunResult result = _driver.GetRunResult().Results.Single();
        if (result.Exception is not null || result.Diagnostics.Any(static d => d.Severity == DiagnosticSeverity.Error) || result.GeneratedSources.Length == 0)
            throw new InvalidOperationException($"The generator made nothing: {result.Exception?.Message} {string.Join(' ', result.Diagnostics)}");
        return milliseconds;
    }

    private CSharpGeneratorDriver NewDriver() => CSharpGeneratorDriver.Create([_generator.AsSourceGenerator()], parseOptions: s_parse);

    private CSharpCompilation NewCompilation() => CSharpCompilation.Create("Program",
        [Parse("/src/Program.cs", "using System;\nusing System.Linq;\nusing System.Threading;\nusing BpfSharp;\n" + _source), Parse("/src/Elsewhere.cs", Other)],
        References.All, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    private static SyntaxTree Parse(string path, string text) => CSharpSyntaxTree.ParseText(text, s_parse, path, Encoding.UTF8);

    [GeneratedRegex(@"(?<=[ (])[0-9](?=[;),])", RegexOptions.RightToLeft)]
    private static partial Regex Number();

    /// <summary>The generator as users get it: the DLL that the compiler loads.</summary>
    private static IIncrementalGenerator Load()
    {
        string path = typeof(GeneratorTimer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static a => a.Key == "Generator").Value!;
        Assembly assembly = Assembly.LoadFrom(path);
        return (IIncrementalGenerator)Activator.CreateInstance(assembly.GetType("BpfSharp.Analyzers.Generator.BpfObjectGenerator", throwOnError: true)!)!;
    }

    /// <summary>What programs are compiled against.</summary>
    internal static class References
    {
        public static IEnumerable<string> Paths => ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => Path.GetFileName(path) is var name
                && (name.StartsWith("System.", StringComparison.Ordinal) || name is "netstandard.dll" or "BpfSharp.dll" or "BpfSharp.Objects.dll"));

        public static readonly MetadataReference[] All =
        [
            .. Paths.Select(static path => MetadataReference.CreateFromFile(path)),
        ];
    }
}
