using BpfSharp.Analyzers.Frontend;
using BpfSharp.Compiler;
using BpfSharp.Objects;
using BpfSharp.Objects.Instructions;
using BpfSharp.Objects.Kernel;

namespace BpfSharp.Analyzers.Tests.Frontend;

/// <summary>Arguments of static probes.</summary>
public sealed class UsdtTests
{
    [Theory]
    [InlineData("UsdtContext ctx, int a, long b", "return a + (int)b;", 1)]
    [InlineData("UsdtContext ctx", "return (int)(ctx.Argument(0) + ctx.Argument(11));", 2)]
    [InlineData("UsdtContext ctx, UserPointer<byte> text", "return text.Address == 0 ? 1 : 0;", 1)]
    [InlineData("UsdtContext ctx", "return (int)ctx.Cookie + ctx.ArgumentCount;", 2)]
    [InlineData("UsdtContext ctx", "return 0;", 0)]
    public void Only_what_reads_them_needs_the_table(string parameters, string body, int lookups)
    {
        ObjectSpec compiled = Compile("5.15", parameters, body).Object!;
        Assert.Equal(lookups > 0 ? ["__bpf_usdt_specs"] : [], compiled.Maps.Select(static m => m.Name));
        Assert.All(compiled.Maps, static m => Assert.Equal((MapType.Array, 4, 208, 256u), (m.Type, m.KeySize, m.ValueSize, m.MaxEntries)));
        Assert.Equal(lookups, compiled.Functions[0].Instructions.Count(static i => i.Code == Opcode.Call && i.Immediate == BpfSharp.Analyzers.Frontend.Helpers.AttachCookie));
        Assert.Equal("usdt/app:p:n", compiled.Functions[0].Section);
    }

    [Theory]
    [InlineData("5.10", "UsdtContext ctx, int a", "return a;", "BPF0505")]
    [InlineData("5.10", "UsdtContext ctx", "return 0;", "")]
    [InlineData("5.15", "UsdtContext ctx, int a", "return ctx.Argument(a) == 0 ? 1 : 0;", "BPF0125")]
    [InlineData("5.15", "UsdtContext ctx", "return ctx.Argument(12) == 0 ? 1 : 0;", "BPF0125")]
    [InlineData("5.15", "UsdtContext ctx, (int, int) a", "return 0;", "BPF0132")]
    public void What_cannot_be(string kernel, string parameters, string body, string id) =>
        Assert.Equal(id, string.Join(",", Compile(kernel, parameters, body).Diagnostics.Distinct()));

    private static (ObjectSpec? Object, IEnumerable<string> Diagnostics) Compile(string kernel, string parameters, string body)
    {
        Compiled source = new(
            $"[BpfObject(License = \"GPL\", MinimumKernel = \"{kernel}\")] public static partial class T {{ [BpfProgram(BpfHook.Usdt, \"app:p:n\")] static int P({parameters}) {{ {body} }} }}");
        Assert.Empty(source.Errors);
        FrontendResult result = source.Lower();
        if (result.Module is null) return (null, result.Diagnostics.Select(static d => d.Id));
        CompilationResult compiled = BpfCompiler.Compile(result.Module, new CompilerOptions { CheckAfterEveryPass = true });
        return (compiled.Object, compiled.Diagnostics.Select(static d => d.Id));
    }
}
