using BpfSharp.Compiler.IR;
using BpfSharp.Compiler.Passes;

namespace BpfSharp.Compiler.Tests.Passes;

/// <summary>Runs passes over IR text.</summary>
internal static class PassRunner
{
    private const string Declarations = """
        map @m Hash key 8 value 16 entries 10
        global @g ".bss" size 16 align 8 type 0
        global @r ".rodata" size 16 align 8 type 0

        """;

    /// <summary>The function <c>@f</c> after some passes of the table, checked after each, with values and blocks numbered by place.</summary>
    public static string After(string text, params string[] passes) => IrPrinter.Print(Run(text, passes).FindFunction("f")!, renumber: true);

    /// <summary>The module after some passes of the table.</summary>
    public static Module Run(string text, params string[] passes) => Run(text, new CompilerOptions { InstructionSet = 3, CheckAfterEveryPass = true }, passes);

    /// <summary>The module after some passes of the table.</summary>
    public static Module Run(string text, CompilerOptions options, params string[] passes)
    {
        Module module = Parse(text);
        List<Pass> rows = [.. passes.Select(name => PassTable.Rows.First(p => p.Name == name)).Select(p => p with { After = [] })];
        PassManager.Run(module, options, rows);
        return module;
    }

    /// <summary>The module before any pass.</summary>
    public static Module Parse(string text) => IrParser.Parse(Declarations + text);

    /// <summary>Asserts what is left of <c>@f</c>: its slots, blocks and values, without the header.</summary>
    public static void Gives(string expected, string text, params string[] passes)
    {
        string after = After(text, passes);
        string body = after[(after.IndexOf('\n') + 1)..];
        Assert.Equal(expected.ReplaceLineEndings("\n").TrimEnd('\n') + "\n}\n", body);
    }
}
