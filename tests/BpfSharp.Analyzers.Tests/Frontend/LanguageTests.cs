using System.Reflection;
using BpfSharp.Analyzers.Diagnostics;
using BpfSharp.Analyzers.Frontend;
using BpfSharp.Compiler;

namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>Walks docs/language.md: what is in must compute what .NET computes, what is out must give its one diagnostic.</summary>
public class LanguageTests
{
    /// <summary>Extension members cannot be nested, so those that the page uses are here.</summary>
    private const string Extensions = """
        static class Extensions
        {
            public static int Twice(this int x) => x * 2;
            extension(int x)
            {
                public int Tripled => x * 3;
                public int Plus(int y) => x + y;
            }
        }
        """;

    public static TheoryData<string, string, string> Rows()
    {
        string page = typeof(LanguageTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static a => a.Key == "LanguagePage").Value!;
        TheoryData<string, string, string> rows = [];
        foreach (string line in File.ReadLines(page))
        {
            if (!line.StartsWith("| ", StringComparison.Ordinal) || line.StartsWith("| Construct", StringComparison.Ordinal)) continue;
            string[] cells = [.. line.Replace("\\|", "\u0001").Split('|').Select(static c => c.Replace('\u0001', '|').Trim())];
            rows.Add(cells[1], cells[2].Trim('`'), cells[3]);
        }
        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_page_is_right(string construct, string example, string status)
    {
        Assert.NotEmpty(construct);
        // What needs a helper that the interpreter does not have is left to the kernel.
        if (status == "in, on the kernel") return;
        if (status == "in")
        {
            Oracle.Check(example, Extensions);
            return;
        }
        bool isKernelOnly = status == "in the kernel";
        if (!isKernelOnly) Assert.Contains(status, BpfDiagnostics.All.Keys);
        Compiled compiled = new($"[BpfObject] public static partial class T {{ {example} }} {Extensions}");
        Assert.Empty(compiled.Errors);
        FrontendResult result = compiled.LowerMethod("T", "F");
        if (isKernelOnly)
        {
            Assert.Empty(result.Diagnostics);
            Assert.NotNull(BpfCompiler.Compile(result.Module!, new CompilerOptions { CheckAfterEveryPass = true }).Object);
            return;
        }
        Assert.Null(result.Module);
        Assert.Equal(status, Assert.Single(result.Diagnostics.Select(static d => d.Id)));
    }

    [KernelTheory]
    [MemberData(nameof(Rows))]
    public void The_kernel_agrees(string construct, string example, string status)
    {
        Assert.NotEmpty(construct);
        if (status is "in" or "in, on the kernel") KernelOracle.Check(example, Extensions);
    }
}
