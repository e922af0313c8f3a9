using System.Collections.Immutable;
using System.Reflection;
using BpfSharp.Kernel.Metadata;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Analyzers.Tests.Generator;

/// <summary>A class without an object has an error in the build, whichever way it lost the object.</summary>
public sealed class SilenceTests
{
    private const string Types =
        """
        public struct Locked { public BpfSpinLock Lock; public int Count; }
        public struct Timed { public BpfTimer Timer; public int Count; }
        public struct Both { public BpfSpinLock Lock; public BpfTimer Timer; public int Count; }
        public struct Twice { public BpfSpinLock First; public BpfSpinLock Second; }
        public struct Nested { public Locked Inner; }
        public struct Referring { public string Text; }

        """;

    private const string Program = "[BpfProgram(BpfHook.Xdp)] static XdpAction Run(XdpContext ctx) => XdpAction.Pass;";

    /// <summary>Every class of maps with every type that some maps cannot hold, as key and as value.</summary>
    public static TheoryData<string> Maps()
    {
        TheoryData<string> maps = [];
        foreach (Type map in typeof(KernelMapTypeAttribute).Assembly.GetExportedTypes().Where(t => t.GetCustomAttribute<KernelMapTypeAttribute>() is not null))
        {
            string name = map.Name.Split('`')[0];
            int arity = map.GetGenericArguments().Length;
            if (arity == 0) continue;
            foreach (string type in new[] { "Locked", "Timed", "Both", "Twice", "Nested", "Referring", "string", "Missing", "Locked?", "(BpfSpinLock, int)" })
            {
                for (int at = 0; at < arity; at++) maps.Add($"{name}<{string.Join(", ", Enumerable.Range(0, arity).Select(i => i == at ? type : "uint"))}>");
            }
        }

        foreach (string outer in new[] { "ArrayOfMaps<HashMap<uint, Locked>>", "HashOfMaps<uint, ArrayMap<Timed>>" }) maps.Add(outer);
        return maps;
    }

    [Theory]
    [MemberData(nameof(Maps))]
    public async Task OfMaps(string type)
    {
        string capacity = type.Contains("Storage<", StringComparison.Ordinal) ? "" : "(MaxEntries = 4096, InnerMaxEntries = 4)";
        await Check(GeneratorRun.Of(Source($"[BpfMap{capacity}] static partial {type} Map {{ get; }} {Program}"), properties: ("BpfMinimumKernel", "6.9")));
    }

    [Theory]
    [InlineData("BPF0141", "[BpfMap(MaxEntries = 4)] static partial LruHashMap<uint, Locked> Map { get; }")]
    [InlineData("BPF0141", "[BpfMap(MaxEntries = 4)] static partial HashMap<Locked, uint> Map { get; }")]
    [InlineData("BPF0141", "[BpfMap(MaxEntries = 4)] static partial PerCpuArray<Locked> Map { get; }")]
    [InlineData("BPF0141", "[BpfMap] static partial SocketStorage<Timed> Map { get; }")]
    [InlineData("BPF0141", "[BpfMap] static partial TaskStorage<Nested> Map { get; }")]
    [InlineData("BPF0141", "[BpfMap(MaxEntries = 1)] static partial Arena<Locked> Map { get; }")]
    [InlineData("BPF0141", "[BpfMap(MaxEntries = 4)] static partial HashMap<uint, BpfSpinLock> Map { get; }")]
    [InlineData("BPF0141", "static Locked state;")]
    [InlineData("BPF0523", "[BpfMap(MaxEntries = 1)] static partial Arena<int> Map { get; } [BpfMap(MaxEntries = 1)] static partial Arena<int> Second { get; }")]
    [InlineData("BPF0524", "[BpfMap(MaxEntries = 2000000)] static partial Arena<int> Map { get; }")]
    public async Task OfDeclarations(string id, string members)
    {
        ImmutableArray<Diagnostic> errors = await Check(GeneratorRun.Of(Source(members + Program), properties: ("BpfMinimumKernel", "6.9")));
        Assert.Equal([id], errors.Select(static e => e.Id));
    }

    /// <summary>What the generated code takes the error away from.</summary>
    [Theory]
    [InlineData("return Image.Length > 5 ? 1 : 0;")]
    [InlineData("return new Test.ManagedMaps() is null ? 1 : 0;")]
    [InlineData("using Test test = Test.Load(); return 0;")]
    [InlineData("return Test.Open() is null ? 1 : 0;")]
    [InlineData("LoadedMaps? maps = null; return maps is null ? 1 : 0;")]
    public async Task OfGeneratedMembers(string body)
    {
        ImmutableArray<Diagnostic> errors = await Check(GeneratorRun.Of(Source($"[BpfProgram(BpfHook.SocketFilter)] static int Run(SocketFilterContext ctx) {{ {body} }}")));
        Assert.NotEmpty(errors);
    }

    [Theory]
    [InlineData("[BpfMap(MaxEntries = 4)] static partial HashMap<uint, Other> Map { get; } " + Program)]
    [InlineData("static int start = Made.Number; " + Program)]
    [InlineData("[BpfProgram(BpfHook.Xdp)] static XdpAction Run(XdpContext ctx) => Made.Number > 3 ? XdpAction.Pass : XdpAction.Drop;")]
    [InlineData("[BpfProgram(BpfHook.Xdp)] static XdpAction Run(XdpContext ctx) { Other o = default; return o.A == 0 ? XdpAction.Pass : XdpAction.Drop; }")]
    [InlineData("[BpfProgram(BpfHook.Xdp, FaultResult = Made.Result)] static XdpAction Run(XdpContext ctx) => XdpAction.Pass;")]
    [InlineData("private static partial int Part(); [BpfProgram(BpfHook.Xdp)] static XdpAction Run(XdpContext ctx) => (XdpAction)Part();")]
    public async Task OfOtherGenerators(string members)
    {
        const string Other =
            """
            public struct Other { public int A; }
            public static class Made { public const int Number = 5; public const BpfSharp.Kernel.XdpAction Result = BpfSharp.Kernel.XdpAction.Drop; }
            public partial class Test { private static partial int Part() => 1; }
            """;
        string part = members.Contains("Part()", StringComparison.Ordinal) ? Other : Other[..Other.LastIndexOf("public partial", StringComparison.Ordinal)];
        GeneratorRun run = GeneratorRun.With(part, Source(members));
        Assert.Empty(run.After.GetDiagnostics().Where(static d => d.Severity == DiagnosticSeverity.Error));
        Assert.NotEmpty(await Check(run));
    }

    private static string Source(string members) => GeneratorRun.Usings + Types + "[BpfObject(License = \"GPL\")] public partial class Test { " + members + " }";

    private static async Task<ImmutableArray<Diagnostic>> Check(GeneratorRun run)
    {
        ImmutableArray<Diagnostic> errors = await run.BuildErrors();
        Assert.True(run.ImageSizes.All(static size => size > 0) && run.ImageSizes.Length > 0 || errors.Length > 0, run.Before.SyntaxTrees[0].ToString());
        return errors;
    }
}
