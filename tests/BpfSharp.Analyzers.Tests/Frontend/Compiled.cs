using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Loader;
using BpfSharp.Analyzers.Frontend;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>C# source, compiled by Roslyn as a user's project is, for the front end and for .NET.</summary>
internal sealed class Compiled
{
    private const string Usings = """
        using System; using System.Buffers.Binary; using System.Numerics; using System.Runtime.CompilerServices; using System.Runtime.InteropServices;
        using System.Threading; using BpfSharp; using BpfSharp.Kernel;

        """;

    private static readonly ImmutableArray<MetadataReference> References = FindReferences();

    private Assembly? _assembly;

    public Compiled(string source, bool isChecked = false)
    {
        Source = Usings + source;
        SyntaxTree tree = CSharpSyntaxTree.ParseText(Source, new CSharpParseOptions(LanguageVersion.CSharp14), "Test.cs");
        Compilation = CSharpCompilation.Create(
            "Test",
            [tree],
            References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, checkOverflow: isChecked, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
    }

    public string Source { get; }

    public CSharpCompilation Compilation { get; }

    public IEnumerable<Diagnostic> Errors => Compilation.GetDiagnostics().Where(static d => d.Severity == DiagnosticSeverity.Error);

    /// <summary>The type of a name.</summary>
    public INamedTypeSymbol Type(string name) => Compilation.GetTypeByMetadataName(name) ?? throw new InvalidOperationException($"There is no type {name}.");

    /// <summary>The front end's result for a <c>[BpfObject]</c> class.</summary>
    public FrontendResult Lower(string type = "T") => KernelFrontend.Lower(Type(type), Compilation, CancellationToken.None);

    /// <summary>The front end's result for one static method, whatever its parameters.</summary>
    public FrontendResult LowerMethod(string type, string method) =>
        KernelFrontend.LowerMethod(Type(type), (IMethodSymbol)Type(type).GetMembers(method).Single(), Compilation, CancellationToken.None);

    /// <summary>The class in .NET, with static fields of its own.</summary>
    public Type Load(string type)
    {
        if (_assembly is null)
        {
            using MemoryStream stream = new();
            Microsoft.CodeAnalysis.Emit.EmitResult result = Compilation.Emit(stream);
            Assert.True(result.Success, string.Join("\n", result.Diagnostics));
            stream.Position = 0;
            _assembly = new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(stream);
        }
        return _assembly.GetType(type, throwOnError: true)!;
    }

    private static ImmutableArray<MetadataReference> FindReferences()
    {
        string pack = typeof(Compiled).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static a => a.Key == "ReferenceAssemblies").Value!;
        IEnumerable<string> files = Directory.GetFiles(pack, "*.dll");
        return [.. files.Append(typeof(Kernel.Bpf).Assembly.Location).Append(typeof(Objects.ObjectSpec).Assembly.Location).Select(static f => MetadataReference.CreateFromFile(f))];
    }
}
